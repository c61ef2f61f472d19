using System.Collections.Immutable;
using System.Text.Json;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads OpenAI's session object. It is passed through as it is, so only what is ours to say about it is checked.</summary>
internal static class SessionReader
{
    private const string Path = "$.session";
    private const string ModelPath = "$.session.model";
    private const string VoicePath = "$.session.audio.output.voice";

    public static (JsonElement Session, ImmutableArray<string> Placeholders) Read(FileObject file, Schema? inputs, FileFaults faults)
    {
        if (file.Find("session") is not { ValueKind: JsonValueKind.Object } session)
        {
            faults.Add(Path, file.Find("session") is null ? "is missing" : "is no object", "OpenAI's session object with at least model");
            return (default, []);
        }

        if (session.TryGetProperty("tools", out _))
        {
            faults.Add($"{Path}.tools", "is not the session's to say", "no such member; the definition's own tools grant them");
        }

        if (session.TryGetProperty("type", out _))
        {
            faults.Add($"{Path}.type", "is not the session's to say", "no such member; it is added");
        }

        if (!session.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String || model.GetString() is not { Length: > 0 })
        {
            faults.Add(ModelPath, "is missing or no text", "the name of a Realtime model");
        }

        var placeholders = new SortedSet<string>(StringComparer.Ordinal);
        Collect(session, Path, new(inputs, placeholders, faults));
        return (session, [.. placeholders]);
    }

    private sealed record Search(Schema? Inputs, SortedSet<string> Found, FileFaults Faults);

    private static void Collect(JsonElement value, string path, Search search)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Collect(member.Value, JsonPath.Member(path, member.Name), search);
                }

                break;
            case JsonValueKind.Array:
                foreach (var (index, item) in value.EnumerateArray().Index())
                {
                    Collect(item, JsonPath.Item(path, index), search);
                }

                break;
            case JsonValueKind.String:
                CollectFrom(value.GetString()!, path, search);
                break;
        }
    }

    private static void CollectFrom(string text, string path, Search search)
    {
        if (PlaceholderText.HasLooseBraces(text))
        {
            search.Faults.Add(path, "opens {{ and does not close it", "{{inputs.name}}, {{user.claim}}");
        }

        foreach (var name in PlaceholderText.Names(text))
        {
            // What the browser may choose is words, never the model or the voice.
            if (path is ModelPath or VoicePath)
            {
                search.Faults.Add(path, $"holds the placeholder {name}", "a fixed name: the definition chooses the model and the voice");
            }
            else if (WhatIsWrong(name, search.Inputs) is var (wrong, allowed))
            {
                search.Faults.Add(path, wrong, allowed);
            }
            else
            {
                search.Found.Add(name);
            }
        }
    }

    private static (string Wrong, string Allowed)? WhatIsWrong(string name, Schema? inputs)
    {
        if (name.StartsWith(PlaceholderText.User, StringComparison.Ordinal) && name.Length > PlaceholderText.User.Length)
        {
            return null;
        }

        if (!name.StartsWith(PlaceholderText.Inputs, StringComparison.Ordinal))
        {
            return ($"holds the unknown placeholder {name}", "{{inputs.name}}, {{user.claim}}");
        }

        string[] declared = [.. inputs?.PropertyNames.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()];
        return declared.Contains(name[PlaceholderText.Inputs.Length..])
            ? null
            : ($"names {name}, which inputs does not declare", declared.Length == 0 ? "inputs declares none" : string.Join(", ", declared.Select(input => PlaceholderText.Inputs + input)));
    }
}
