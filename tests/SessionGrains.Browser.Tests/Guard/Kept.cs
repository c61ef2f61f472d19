using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>What no page may find of a sealed call: the key, the prompt sentence by sentence, and whatever the tools' schemas say of their parameters.</summary>
internal static class Kept
{
    private const string Key = "sk-emulator";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="session">The session as the model has it.</param>
    public static IReadOnlyList<string> Of(JsonNode session)
    {
        var sentences = ((string)session["instructions"]!).Split(". ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var schemas = session["tools"]!.AsArray().Select(tool => tool!["parameters"]!).ToList();
        return [Key, .. sentences, .. schemas.Select(schema => schema.ToJsonString(Plain)), .. schemas.SelectMany(Words).Distinct()];
    }

    /// <summary>Where it was found.</summary>
    /// <param name="places">Everything that a page could read, by where it did.</param>
    public static IEnumerable<string> FoundIn(IEnumerable<(string Place, string Text)> places, IReadOnlyList<string> kept) =>
        from place in places
        from secret in kept
        where place.Text.Contains(secret, StringComparison.OrdinalIgnoreCase)
        select $"{place.Place}: {secret}";

    /// <summary>What a schema says in words of its own: names, descriptions and patterns.</summary>
    private static IEnumerable<string> Words(JsonNode schema) =>
        (schema["properties"]?.AsObject() ?? []).SelectMany(property =>
            (IEnumerable<string>)[$"\"{property.Key}\":{{", .. Leaves(property.Value!, "description"), .. Leaves(property.Value!, "pattern")]);

    private static IEnumerable<string> Leaves(JsonNode property, string name) => property[name] is { } text ? [text.ToJsonString(Plain).Trim('"')] : [];
}
