using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests.Conformance;

/// <summary>The recorded examples of server events, and what they say a valid event is.</summary>
internal sealed class ExampleSet
{
    private readonly Dictionary<string, Form> events = [];
    private readonly Dictionary<string, Form> shared = [];

    public ExampleSet()
    {
        foreach (var line in Lines("server-events.jsonl").Concat(Lines("server-events-more.jsonl")))
        {
            var example = JsonNode.Parse(line)!.AsObject();
            var type = example["type"]!.GetValue<string>();
            if (!events.TryGetValue(type, out var form))
            {
                events[type] = form = new Form();
            }

            form.Learn(example, Shared);
        }
    }

    public IReadOnlyCollection<string> Types => events.Keys;

    public static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "TestData", file));

    /// <summary>What is wrong with the event; nothing if it is like the examples.</summary>
    public IReadOnlyList<string> Problems(JsonObject serverEvent)
    {
        var type = serverEvent["type"]!.GetValue<string>();
        return events.TryGetValue(type, out var form) ? [.. form.Check(serverEvent, type, Shared)] : [$"{type} is in no example"];
    }

    /// <summary>An item, a session, a response is the same thing wherever it stands; items differ by their type.</summary>
    private Form? Shared(string member, JsonNode? value)
    {
        var key = member switch
        {
            "tools" or "parameters" or "metadata" => "anything",
            "session" or "response" or "part" or "error" or "conversation" when value is JsonObject => $"{member}:{(member == "part" ? value["type"] : null)}",
            "item" or "[]" when value is JsonObject o && o.ContainsKey("id") && o.ContainsKey("type") => $"item:{o["type"]}:{o["role"]}",
            "[]" when value is JsonObject o && o.ContainsKey("type") => $"content:{o["type"]}",
            "turn_detection" when value is JsonObject => $"turn_detection:{value["type"]}",
            _ => null,
        };
        if (key is null or "anything")
        {
            return key is null ? null : Form.Anything;
        }

        if (!shared.TryGetValue(key, out var form))
        {
            shared[key] = form = new Form();
        }

        return form;
    }
}
