using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using SessionGrains.Tools.Files;

namespace SessionGrains.Tools.Schemas;

/// <summary>Turns the text of a JSON Schema into a <see cref="Schema"/> and names everything in it that would not be checked.</summary>
internal sealed class SchemaReader(JsonElement root, string rootPath, FileFaults faults)
{
    // A server of somebody else's chooses what leads where: a few lines can stand for more schemas than there is memory, or for
    // more than a stack holds.
    private const int MostSchemas = 10_000;
    private const int MostEntries = 100_000;
    private const int MostFollowed = 32;

    private static readonly ImmutableArray<string> TypeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];
    private static readonly ImmutableArray<string> Notes =
        ["$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"];

    private static readonly ImmutableArray<string> Definitions = ["$defs", "definitions"];

    /// <summary>The keywords that are checked. Another one would look like a rule and be none.</summary>
    public static ImmutableArray<string> Keywords { get; } =
    [
        "type", "enum", "const", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items", "minItems",
        "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf", "allOf", "anyOf", "oneOf", "not", "$ref",
    ];

    // Initialised in the order of the file, so below the list.
    private static readonly string AllKeywords = string.Join(", ", Keywords);

    // The references that are being followed: one that leads back would never end.
    private readonly HashSet<string> following = [];
    private int read;
    private int entries;

    /// <summary>The schema; one that says nothing where this one leads too far.</summary>
    public Schema Read()
    {
        try
        {
            foreach (var name in Definitions)
            {
                foreach (var (_, path, definition) in Members(root, rootPath, name))
                {
                    Read(definition, path);
                }
            }

            return Read(root, rootPath);
        }
        catch (TooFarException)
        {
            faults.Add(rootPath, "leads too far", string.Create(CultureInfo.InvariantCulture, $"at most {MostSchemas} schemas with {MostEntries} members and entries of lists, each counted as often as it is referred to, and references {MostFollowed} deep"));
            return new(root);
        }
    }

    private Schema Read(JsonElement text, string path)
    {
        if (++read > MostSchemas)
        {
            throw new TooFarException();
        }

        if (text.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, "is no JSON Schema", "an object");
            return new(text);
        }

        CountEntries(text);
        foreach (var member in text.EnumerateObject())
        {
            if (!Keywords.Contains(member.Name) && !Notes.Contains(member.Name) && !(path == rootPath && Definitions.Contains(member.Name)))
            {
                faults.Add(JsonPath.Member(path, member.Name), "is no keyword that is checked", AllKeywords);
            }
        }

        var (allowsOthers, others) = Others(text, path);
        var references = Reference(text, path);
        return new(text)
        {
            Types = Types(text, path),
            Values = [.. Constant(text), .. List(text, path, "enum", "a list of at least one value")],
            Properties = Members(text, path, "properties").ToImmutableDictionary(member => member.Name, member => Read(member.Value, member.Path)),
            Required = Names(text, path, "required"),
            DeclaresMembers = text.TryGetProperty("properties", out _),
            SaysOthers = text.TryGetProperty("additionalProperties", out _),
            AllowsOthers = allowsOthers,
            Others = others,
            Items = Child(text, path, "items"),
            UniqueItems = Flag(text, path, "uniqueItems"),
            MemberCount = Counts(text, path, "minProperties", "maxProperties"),
            ItemCount = Counts(text, path, "minItems", "maxItems"),
            Length = Counts(text, path, "minLength", "maxLength"),
            Pattern = Pattern(text, path),
            Format = Format(text, path),
            Range = (Number(text, path, "minimum"), Number(text, path, "maximum"), Number(text, path, "exclusiveMinimum"),
                Number(text, path, "exclusiveMaximum"), Step(text, path)),
            AllOf = [.. references, .. Children(text, path, "allOf")],
            AnyOf = [.. Children(text, path, "anyOf")],
            OneOf = [.. Children(text, path, "oneOf")],
            Not = Child(text, path, "not"),
        };
    }

    // Counted before they are read, so that too many cost nothing.
    private void CountEntries(JsonElement text)
    {
        entries += text.ValueKind switch
        {
            JsonValueKind.Object => text.GetPropertyCount(),
            JsonValueKind.Array => text.GetArrayLength(),
            _ => 0,
        };
        if (entries > MostEntries)
        {
            throw new TooFarException();
        }
    }

    private ImmutableArray<string> Types(JsonElement text, string path)
    {
        if (!text.TryGetProperty("type", out var type))
        {
            return [];
        }

        CountEntries(type);
        var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type];
        var known = names.Where(name => name.ValueKind == JsonValueKind.String && TypeNames.Contains(name.GetString()!)).ToArray();
        if (known.Length < names.Length || names.Length == 0)
        {
            faults.Add(JsonPath.Member(path, "type"), "names an unknown type", string.Join(", ", TypeNames));
        }

        return [.. known.Select(name => name.GetString()!)];
    }

    private static IEnumerable<JsonElement> Constant(JsonElement text) => text.TryGetProperty("const", out var value) ? [value] : [];

    private JsonElement[] List(JsonElement text, string path, string keyword, string allowed)
    {
        if (!text.TryGetProperty(keyword, out var list))
        {
            return [];
        }

        CountEntries(list);
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0)
        {
            return [.. list.EnumerateArray()];
        }

        faults.Add(JsonPath.Member(path, keyword), "is no list with an entry", allowed);
        return [];
    }

    private (string Name, string Path, JsonElement Value)[] Members(JsonElement text, string path, string keyword)
    {
        if (text.ValueKind != JsonValueKind.Object || !text.TryGetProperty(keyword, out var members))
        {
            return [];
        }

        CountEntries(members);
        var membersPath = JsonPath.Member(path, keyword);
        if (members.ValueKind == JsonValueKind.Object)
        {
            // A member that occurs twice was named when the file was read; the last one counts.
            return [.. members.EnumerateObject().GroupBy(member => member.Name)
                .Select(same => (same.Key, JsonPath.Member(membersPath, same.Key), same.Last().Value))];
        }

        faults.Add(membersPath, "is no object", "an object whose members are JSON Schemas");
        return [];
    }

    private ImmutableArray<string> Names(JsonElement text, string path, string keyword)
    {
        if (!text.TryGetProperty(keyword, out var list))
        {
            return [];
        }

        CountEntries(list);
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String))
        {
            return [.. list.EnumerateArray().Select(name => name.GetString()!)];
        }

        faults.Add(JsonPath.Member(path, keyword), "is no list of names", "a list of member names");
        return [];
    }

    private (bool AllowsOthers, Schema? Others) Others(JsonElement text, string path)
    {
        if (!text.TryGetProperty("additionalProperties", out var others))
        {
            return (true, null);
        }

        return others.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? (others.GetBoolean(), null)
            : (true, Read(others, JsonPath.Member(path, "additionalProperties")));
    }

    private Schema? Child(JsonElement text, string path, string keyword) =>
        text.TryGetProperty(keyword, out var child) ? Read(child, JsonPath.Member(path, keyword)) : null;

    private IEnumerable<Schema> Children(JsonElement text, string path, string keyword) =>
        List(text, path, keyword, "a list of at least one JSON Schema")
            .Select((child, index) => Read(child, JsonPath.Item(JsonPath.Member(path, keyword), index)));

    private bool Flag(JsonElement text, string path, string keyword)
    {
        if (!text.TryGetProperty(keyword, out var flag))
        {
            return false;
        }

        if (flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            faults.Add(JsonPath.Member(path, keyword), "is neither true nor false", "true, false");
        }

        return flag.ValueKind == JsonValueKind.True;
    }

    private (int? Minimum, int? Maximum) Counts(JsonElement text, string path, string minimum, string maximum) =>
        (Count(text, path, minimum), Count(text, path, maximum));

    private int? Count(JsonElement text, string path, string keyword)
    {
        if (!text.TryGetProperty(keyword, out var count))
        {
            return null;
        }

        if (count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var number) && number >= 0)
        {
            return number;
        }

        faults.Add(JsonPath.Member(path, keyword), "is no count", "a whole number from 0");
        return null;
    }

    private decimal? Number(JsonElement text, string path, string keyword)
    {
        if (!text.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number))
        {
            return number;
        }

        faults.Add(JsonPath.Member(path, keyword), "is no number", "a number");
        return null;
    }

    private decimal? Step(JsonElement text, string path)
    {
        var step = Number(text, path, "multipleOf");
        if (step <= 0)
        {
            faults.Add(JsonPath.Member(path, "multipleOf"), "is not above 0", "a number above 0");
            return null;
        }

        return step;
    }

    private SchemaPattern? Pattern(JsonElement text, string path)
    {
        if (!text.TryGetProperty("pattern", out var pattern))
        {
            return null;
        }

        try
        {
            return new(pattern.GetString()!);
        }
        catch (Exception bad) when (bad is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            faults.Add(JsonPath.Member(path, "pattern"), "is no pattern that can be run safely", "a regular expression without look-around and back-references");
            return null;
        }
    }

    private SchemaFormat? Format(JsonElement text, string path)
    {
        if (!text.TryGetProperty("format", out var name))
        {
            return null;
        }

        var format = name.ValueKind == JsonValueKind.String ? SchemaFormat.All.FirstOrDefault(format => name.ValueEquals(format.Name)) : null;
        if (format is null)
        {
            faults.Add(JsonPath.Member(path, "format"), "is no format that is checked", string.Join(", ", SchemaFormat.All.Select(known => known.Name)));
        }

        return format;
    }

    private IEnumerable<Schema> Reference(JsonElement text, string path)
    {
        if (!text.TryGetProperty("$ref", out var reference))
        {
            return [];
        }

        var target = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : "";
        var parts = target.Split('/');
        if (parts is not ["#", "$defs" or "definitions", var name]
            || !root.TryGetProperty(parts[1], out var definitions) || definitions.ValueKind != JsonValueKind.Object
            || !definitions.TryGetProperty(name, out var definition))
        {
            faults.Add(JsonPath.Member(path, "$ref"), "leads nowhere", "#/$defs/… of the same schema");
            return [];
        }

        if (following.Count >= MostFollowed)
        {
            throw new TooFarException();
        }

        if (!following.Add(target))
        {
            faults.Add(JsonPath.Member(path, "$ref"), "leads back to itself", "a schema that ends");
            return [];
        }

        var schema = Read(definition, JsonPath.Member(JsonPath.Member(rootPath, parts[1]), name));
        following.Remove(target);
        return [schema];
    }

    private sealed class TooFarException : Exception;
}
