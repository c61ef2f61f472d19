using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SessionGrains.Tools.Files;

/// <summary>Reads JSON strictly and writes it canonically: members sorted, no white space, one way to escape.</summary>
public static class JsonText
{
    // Room for a session and its schemas; far below what a recursive reader could not take.
    private const int DeepestFile = 64;

    private const int LongestExponent = 3;

    /// <summary>Reads one JSON object; what is broken or occurs twice is named in <paramref name="faults"/>.</summary>
    public static JsonElement? Parse(string text, FileFaults faults, int maxDepth = DeepestFile)
    {
        try
        {
            var root = JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = maxDepth });
            if (root.ValueKind == JsonValueKind.Object)
            {
                return IsSound(root, JsonPath.Root, faults) ? root : null;
            }

            faults.Add(JsonPath.Root, "is no JSON object", "one JSON object");
        }
        catch (JsonException broken)
        {
            var place = $"line {broken.LineNumber + 1}, column {broken.BytePositionInLine + 1}";
            faults.Add(JsonPath.Root, $"is broken JSON at {place}", string.Create(CultureInfo.InvariantCulture, $"one JSON object, without comments and trailing commas, at most {maxDepth} levels deep"));
        }
        catch (ArgumentException)
        {
            faults.Add(JsonPath.Root, "holds half of a surrogate pair", "Unicode text");
        }

        return null;
    }

    /// <summary>Whether every text and number in a value can be held by whoever reads it.</summary>
    public static bool IsSound(JsonElement value) => IsSound(value, JsonPath.Root, new FileFaults("value"));

    /// <summary>The one text of a value, whatever the order of its members and its white space were.</summary>
    public static string Canonical(JsonElement value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            Write(writer, value);
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static bool IsSound(JsonElement value, string path, FileFaults faults) => value.ValueKind switch
    {
        JsonValueKind.Object => IsSoundObject(value, path, faults),
        JsonValueKind.Array => value.EnumerateArray().Index().ToArray().All(item => IsSound(item.Item, JsonPath.Item(path, item.Index), faults)),
        JsonValueKind.String => IsText(value, path, faults),
        JsonValueKind.Number => IsNumber(value, path, faults),
        _ => true,
    };

    // A duplicate is no reason to stop: the rest of the file is read as well, with the last of the two.
    private static bool IsSoundObject(JsonElement value, string path, FileFaults faults)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var isSound = true;
        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member) is not { } name)
            {
                faults.Add(path, "has a member name with half of a surrogate pair or a NUL", "Unicode text");
                isSound = false;
                continue;
            }

            var memberPath = JsonPath.Member(path, name);
            if (!names.Add(name))
            {
                faults.Add(memberPath, "occurs more than once", "each member once");
            }

            isSound &= IsSound(member.Value, memberPath, faults);
        }

        return isSound;
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name.Contains('\0', StringComparison.Ordinal) ? null : member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsText(JsonElement value, string path, FileFaults faults)
    {
        try
        {
            // Neither a database nor a C program takes a NUL for what it is.
            if (!value.GetString()!.Contains('\0', StringComparison.Ordinal))
            {
                return true;
            }

            faults.Add(path, "holds a NUL", "Unicode text without it");
        }
        catch (InvalidOperationException)
        {
            faults.Add(path, "holds half of a surrogate pair", "Unicode text");
        }

        return false;
    }

    // Whoever reads it would read infinity or nothing, or fail: .NET compares no numbers whose exponent is none itself.
    private static bool IsNumber(JsonElement value, string path, FileFaults faults)
    {
        if (value.TryGetDouble(out var number) && double.IsFinite(number) && HasCommonExponent(value.GetRawText()))
        {
            return true;
        }

        faults.Add(path, "is a number too large or too small to be held", "a number of common size");
        return false;
    }

    private static bool HasCommonExponent(string number)
    {
        var exponent = number.AsSpan(number.AsSpan().IndexOfAny('e', 'E') + 1);
        return exponent.Length == number.Length || exponent.TrimStart("+-").TrimStart('0').Length <= LongestExponent;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(value.GetString());
                break;
            default:
                writer.WriteRawValue(value.GetRawText());
                break;
        }
    }
}
