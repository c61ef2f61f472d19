using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using SessionGrains.Tools.Files;

namespace SessionGrains.Tools.Schemas;

/// <summary>A JSON Schema, checked and ready: says of a value where it is wrong.</summary>
/// <remarks>
/// Values come from browsers and models, so a check ends in linear time: patterns run without backtracking and a schema
/// cannot refer to itself. Only keywords that are really checked are accepted.
/// </remarks>
public sealed class Schema
{
    internal Schema(JsonElement text) => Text = text;

    /// <summary>The schema as it was written.</summary>
    public JsonElement Text { get; }

    /// <summary>The properties that the schema declares at its top.</summary>
    public IEnumerable<string> PropertyNames => Properties.Keys;

    /// <summary>Whether it allows objects and nothing else.</summary>
    public bool IsOfObject => Types is ["object"];

    internal ImmutableArray<string> Types { get; init; } = [];
    internal ImmutableArray<JsonElement> Values { get; init; } = [];
    internal ImmutableDictionary<string, Schema> Properties { get; init; } = ImmutableDictionary<string, Schema>.Empty;
    internal ImmutableArray<string> Required { get; init; } = [];
    internal bool DeclaresMembers { get; init; }
    internal bool SaysOthers { get; init; }
    internal bool AllowsOthers { get; init; } = true;
    internal Schema? Others { get; init; }
    internal Schema? Items { get; init; }
    internal bool UniqueItems { get; init; }
    internal (int? Minimum, int? Maximum) MemberCount { get; init; }
    internal (int? Minimum, int? Maximum) ItemCount { get; init; }
    internal (int? Minimum, int? Maximum) Length { get; init; }
    internal SchemaPattern? Pattern { get; init; }
    internal SchemaFormat? Format { get; init; }
    internal (decimal? Minimum, decimal? Maximum, decimal? Above, decimal? Below, decimal? MultipleOf) Range { get; init; }
    internal ImmutableArray<Schema> AllOf { get; init; } = [];
    internal ImmutableArray<Schema> AnyOf { get; init; } = [];
    internal ImmutableArray<Schema> OneOf { get; init; } = [];
    internal Schema? Not { get; init; }

    /// <summary>Reads a schema; what is wrong with it is named in <paramref name="faults"/>, what is right of it still checks.</summary>
    public static Schema Read(JsonElement text, string path, FileFaults faults) => new SchemaReader(text, path, faults).Read();

    /// <summary>Reads a schema that must be one of objects, as inputs and arguments are.</summary>
    public static Schema ReadOfObject(JsonElement text, string path, FileFaults faults)
    {
        var schema = Read(text, path, faults);
        var typePath = JsonPath.Member(path, "type");
        if (text.ValueKind == JsonValueKind.Object && !schema.IsOfObject && faults.All.All(fault => fault.Path != typePath))
        {
            faults.Add(typePath, "is not object", "a JSON Schema with \"type\": \"object\"");
        }

        return schema;
    }

    /// <summary>Reads a schema that is written in code.</summary>
    /// <exception cref="FormatException">The schema has faults; the message names each.</exception>
    public static Schema Parse(string text)
    {
        var faults = new FileFaults("schema in code");
        var schema = JsonText.Parse(text, faults) is { } root ? Read(root, JsonPath.Root, faults) : null;
        return faults.All.IsEmpty ? schema! : throw new FormatException(string.Join('\n', faults.All));
    }

    /// <summary>Every place of a value that this schema does not allow; none when the value is right.</summary>
    public ImmutableArray<SchemaFault> Check(JsonElement value) => Check(value, isStrict: false);

    /// <summary>As <see cref="Check(JsonElement)"/>, and a member that is not declared is wrong unless the schema says that others are allowed.</summary>
    /// <remarks>Where a schema is combined of several, each declares a part only, so there its own word counts.</remarks>
    public ImmutableArray<SchemaFault> CheckStrictly(JsonElement value) => Check(value, isStrict: true);

    private bool IsCombined => AllOf.Length + AnyOf.Length + OneOf.Length > 0;

    private bool IsOnlyAReference => AllOf.Length == 1 && AnyOf.Length + OneOf.Length == 0 && !DeclaresMembers;

    private ImmutableArray<SchemaFault> Check(JsonElement value, bool isStrict)
    {
        var faults = new List<SchemaFault>();
        Check(value, JsonPath.Root, faults, isStrict);
        return [.. faults];
    }

    private void Check(JsonElement value, string path, List<SchemaFault> faults, bool isStrict)
    {
        if (Types.Length > 0 && !Types.Any(type => IsOf(value, type)))
        {
            faults.Add(new(path, $"must be {string.Join(" or ", Types.Select(Describe))}"));
            return;
        }

        if (Values.Length > 0 && !Values.Any(allowed => JsonElement.DeepEquals(allowed, value)))
        {
            faults.Add(new(path, $"must be one of {string.Join(", ", Values.Select(allowed => allowed.GetRawText()))}"));
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(value, path, faults, isStrict);
                break;
            case JsonValueKind.Array:
                CheckArray(value, path, faults, isStrict);
                break;
            case JsonValueKind.String:
                CheckText(value.GetString()!, path, faults);
                break;
            case JsonValueKind.Number:
                CheckNumber(value, path, faults);
                break;
        }

        CheckCombinations(value, path, faults, isStrict && IsOnlyAReference);
    }

    private void CheckObject(JsonElement value, string path, List<SchemaFault> faults, bool isStrict)
    {
        var allowsOthers = AllowsOthers && !(isStrict && !SaysOthers && DeclaresMembers && !IsCombined);
        var count = 0;
        foreach (var member in value.EnumerateObject())
        {
            count++;
            var memberPath = JsonPath.Member(path, member.Name);
            if ((Properties.GetValueOrDefault(member.Name) ?? Others) is { } schema)
            {
                schema.Check(member.Value, memberPath, faults, isStrict);
            }
            else if (!allowsOthers && !Properties.ContainsKey(member.Name))
            {
                faults.Add(new(memberPath, "is not asked for"));
            }
        }

        foreach (var name in Required.Where(name => !value.TryGetProperty(name, out _)))
        {
            faults.Add(new(JsonPath.Member(path, name), "is required"));
        }

        CheckCount(count, MemberCount, "members", path, faults);
    }

    private void CheckArray(JsonElement value, string path, List<SchemaFault> faults, bool isStrict)
    {
        CheckCount(value.GetArrayLength(), ItemCount, "items", path, faults);
        if (UniqueItems && value.EnumerateArray().Select(JsonText.Canonical).Distinct().Count() < value.GetArrayLength())
        {
            faults.Add(new(path, "must not hold an item twice"));
        }

        foreach (var (index, item) in value.EnumerateArray().Index())
        {
            Items?.Check(item, JsonPath.Item(path, index), faults, isStrict);
        }
    }

    private void CheckText(string text, string path, List<SchemaFault> faults)
    {
        // JSON Schema counts characters, not UTF-16 units.
        CheckCount(text.EnumerateRunes().Count(), Length, "characters", path, faults);
        if (Pattern is not null && !Pattern.IsMatch(text))
        {
            faults.Add(new(path, $"must match {Pattern.Text}"));
        }

        if (Format is { } format && !format.IsMatch(text))
        {
            faults.Add(new(path, $"must be {format.Description}"));
        }
    }

    private void CheckNumber(JsonElement value, string path, List<SchemaFault> faults)
    {
        if (Range == default)
        {
            return;
        }

        if (!value.TryGetDecimal(out var number))
        {
            faults.Add(new(path, "must be a number of common size"));
            return;
        }

        Require(number >= (Range.Minimum ?? number), $"must be at least {Range.Minimum}");
        Require(number <= (Range.Maximum ?? number), $"must be at most {Range.Maximum}");
        Require(Range.Above is null || number > Range.Above, $"must be above {Range.Above}");
        Require(Range.Below is null || number < Range.Below, $"must be below {Range.Below}");
        Require(Range.MultipleOf is null || number % Range.MultipleOf == 0, $"must be a multiple of {Range.MultipleOf}");

        void Require(bool isKept, FormattableString what)
        {
            if (!isKept)
            {
                faults.Add(new(path, what.ToString(CultureInfo.InvariantCulture)));
            }
        }
    }

    private void CheckCombinations(JsonElement value, string path, List<SchemaFault> faults, bool isStrict)
    {
        foreach (var schema in AllOf)
        {
            schema.Check(value, path, faults, isStrict);
        }

        if (AnyOf.Length > 0 && !AnyOf.Any(schema => schema.Check(value).IsEmpty))
        {
            faults.Add(new(path, "fits none of the allowed forms"));
        }

        if (OneOf.Length > 0 && OneOf.Count(schema => schema.Check(value).IsEmpty) != 1)
        {
            faults.Add(new(path, "must fit exactly one of the allowed forms"));
        }

        if (Not is not null && Not.Check(value).IsEmpty)
        {
            faults.Add(new(path, "has a form that is not allowed"));
        }
    }

    private static void CheckCount(int count, (int? Minimum, int? Maximum) bounds, string things, string path, List<SchemaFault> faults)
    {
        if (count < bounds.Minimum)
        {
            faults.Add(new(path, string.Create(CultureInfo.InvariantCulture, $"must have at least {bounds.Minimum} {things}")));
        }

        if (count > bounds.Maximum)
        {
            faults.Add(new(path, string.Create(CultureInfo.InvariantCulture, $"must have at most {bounds.Maximum} {things}")));
        }
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.IsInteger(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static string Describe(string type) => type switch
    {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
}
