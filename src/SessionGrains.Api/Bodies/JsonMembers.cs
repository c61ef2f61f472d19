using System.Collections.Immutable;
using System.Text.Json;

namespace SessionGrains.Api.Bodies;

/// <summary>Takes the members of a request's body one by one, and notes each that is missing, wrong or unknown.</summary>
internal sealed class JsonMembers(JsonElement body)
{
    private const int MaxNameInPath = 64;

    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly List<Fault> wrong = [];

    /// <summary>A text that must be there.</summary>
    public string Text(string name, int maxLength)
    {
        if (Find(name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text && text.Length <= maxLength)
        {
            return text;
        }

        return Wrong(name, $"A text of 1 to {maxLength} characters is needed here.", "");
    }

    /// <summary>A text that may be absent or null.</summary>
    public string? OptionalText(string name, int maxLength) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value when value.GetString()!.Length <= maxLength => value.GetString(),
        _ => Wrong(name, $"Only a text of at most {maxLength} characters, or null, may stand here."),
    };

    /// <summary>An object as JSON text; an empty one where it is absent.</summary>
    public string ObjectText(string name) => Find(name) switch
    {
        null => "{}",
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => Wrong(name, "Only a JSON object may stand here.", "{}"),
    };

    /// <summary>An object as JSON text that may be absent or null.</summary>
    public string? OptionalObjectText(string name) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => Wrong(name, "Only a JSON object, or null, may stand here."),
    };

    /// <summary>A whole number; the given one where it is absent.</summary>
    public int WholeNumber(string name, int least, int most, int otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number >= least && number <= most => number,
        _ => Wrong(name, $"Only a whole number from {least} to {most} may stand here.", otherwise),
    };

    /// <summary>Notes what is wrong with the body as a whole.</summary>
    public void Refuse(string what) => wrong.Add(new("$", what));

    /// <summary>JSON that is sent as text, good or bad, or as an object; either way its text.</summary>
    public string JsonText(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString()!,
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => Wrong(name, "A text, or a JSON object, is needed here.", ""),
    };

    /// <summary>One of a few words.</summary>
    public string OneOf(string name, params ReadOnlySpan<string> words)
    {
        var text = Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";
        return words.Contains(text) ? text : Wrong(name, $"One of these is needed here: {string.Join(", ", words)}.", "");
    }

    /// <summary>An object of texts; an empty one where it is absent.</summary>
    public ImmutableDictionary<string, string> TextPairs(string name, int maxPairs, int maxKey, int maxValue)
    {
        var none = ImmutableDictionary<string, string>.Empty;
        if (Find(name) is not { } pairs)
        {
            return none;
        }

        if (pairs.ValueKind is not JsonValueKind.Object || pairs.GetPropertyCount() > maxPairs)
        {
            return Wrong(name, $"Only a JSON object of at most {maxPairs} members may stand here.", none);
        }

        var path = Join("$", name);
        foreach (var pair in pairs.EnumerateObject())
        {
            if (pair.Name.Length is 0 || pair.Name.Length > maxKey)
            {
                wrong.Add(new(Join(path, pair.Name), $"A key has 1 to {maxKey} characters."));
            }
            else if (pair.Value.ValueKind is not JsonValueKind.String || pair.Value.GetString()!.Length > maxValue)
            {
                wrong.Add(new(Join(path, pair.Name), $"A value is a text of at most {maxValue} characters."));
            }
        }

        return wrong.Count > 0 ? none : pairs.EnumerateObject().ToImmutableDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
    }

    /// <summary>A value that a named type can read out of a text.</summary>
    public T Parsed<T>(string name, string whatIsAllowed)
        where T : struct, IParsable<T>
    {
        var text = Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        return T.TryParse(text, null, out var parsed) ? parsed : Wrong<T>(name, whatIsAllowed, default);
    }

    /// <summary>Everything that is wrong, after all known members were taken; members that nobody took are unknown.</summary>
    public ImmutableArray<Fault> Faults()
    {
        var allowed = known.Count == 0 ? "none" : string.Join(", ", known);
        var unknown = body.EnumerateObject().Where(member => !known.Contains(member.Name))
            .Select(member => new Fault(Join("$", member.Name), $"This member is unknown here; known: {allowed}."));
        return [.. wrong.Concat(unknown).Take(20)];
    }

    /// <summary>The JSON path of a member, cut where a client would only read its own long name back.</summary>
    public static string Join(string path, string name) =>
        $"{path}.{(name.Length <= MaxNameInPath ? name : name[..MaxNameInPath] + "…")}";

    private JsonElement? Find(string name)
    {
        known.Add(name);
        return body.TryGetProperty(name, out var value) ? value : null;
    }

    private string? Wrong(string name, string what) => Wrong<string?>(name, what, null);

    private T Wrong<T>(string name, string what, T instead)
    {
        wrong.Add(new(Join("$", name), what));
        return instead;
    }
}
