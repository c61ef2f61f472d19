using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace SessionGrains.Api.Bodies;

/// <summary>Parses JSON that means one thing only: valid UTF-8, no member twice, no comments, no deep nests, text that can be stored.</summary>
internal static class StrictJson
{
    private const int MaxDepth = 32;
    private const int MaxFaults = 20;

    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = MaxDepth,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
    };

    public static bool TryParse(
        byte[] bytes, [NotNullWhen(true)] out JsonDocument? document, out ImmutableArray<Fault> faults)
    {
        document = null;
        try
        {
            document = Utf8.IsValid(bytes) ? JsonDocument.Parse(bytes, Options) : null;
            faults = document is null
                ? [new("$", "The body must be UTF-8.")]
                : [.. FaultsIn(document.RootElement, "$").Take(MaxFaults)];
        }
        catch (JsonException wrong)
        {
            faults = [new("$", $"The body is no JSON, or nests deeper than {MaxDepth} levels (line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}).")];
        }

        if (document is { RootElement.ValueKind: not JsonValueKind.Object } && faults.IsEmpty)
        {
            faults = [new("$", "The body must be a JSON object.")];
        }

        if (!faults.IsEmpty)
        {
            document?.Dispose();
            document = null;
        }

        return document is not null;
    }

    private static IEnumerable<Fault> FaultsIn(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => FaultsInObject(element, path),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => FaultsIn(item, $"{path}[{i}]")),
        JsonValueKind.String when TextOf(element.GetString) is null => [new(path, "Text must be whole Unicode characters, without U+0000.")],
        _ => [],
    };

    private static IEnumerable<Fault> FaultsInObject(JsonElement element, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (TextOf(() => member.Name) is not { } name)
            {
                yield return new(path, "Member names must be whole Unicode characters, without U+0000.");
                continue;
            }

            var memberPath = JsonMembers.Join(path, name);
            if (!names.Add(name))
            {
                yield return new(memberPath, "This member occurs twice; name it once.");
            }

            foreach (var fault in FaultsIn(member.Value, memberPath))
            {
                yield return fault;
            }
        }
    }

    // Half a surrogate pair is valid JSON but no text, and PostgreSQL's JSON cannot hold U+0000.
    private static string? TextOf(Func<string?> read)
    {
        try
        {
            return read() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
