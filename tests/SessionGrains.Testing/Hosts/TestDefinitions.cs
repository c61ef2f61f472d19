using System.Text.Json.Nodes;

namespace SessionGrains.Testing.Hosts;

/// <summary>A folder of definitions for a test, one per mode unless a test adds its own.</summary>
internal sealed class TestDefinitions : IDisposable
{
    public TestDefinitions()
    {
        Directory.CreateDirectory(Tools);
        foreach (var mode in new[] { "brokered", "sealed", "client_secret" })
        {
            Add(mode, mode);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("sessiongrains-definitions-").FullName;

    public string Tools => Path.Combine(Folder, "tools");

    /// <summary>Adds or replaces a definition.</summary>
    public void Add(string name, string mode, string limits = "{}", string quotas = """{"live_per_user":100000,"live_per_tenant":100000,"starts_per_user_per_minute":100000}""", string? instructions = null,
        string tools = "[]", string guard = "revert", bool transcripts = false) =>
        File.WriteAllText(Path.Combine(Folder, $"{name}.json"), new JsonObject
        {
            ["name"] = name,
            ["mode"] = mode,
            ["session"] = new JsonObject
            {
                ["model"] = "gpt-realtime-2.1",
                ["instructions"] = instructions ?? "You take the intake call of {{inputs.customer}} for {{user.name}}.",
                ["audio"] = new JsonObject { ["output"] = new JsonObject { ["voice"] = "marin" } },
            },
            ["inputs"] = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string","maxLength":64}},"additionalProperties":false}"""),
            ["allow"] = JsonNode.Parse("""{"scopes":["voice.start"]}"""),
            ["tools"] = JsonNode.Parse(tools),
            ["guard"] = guard,
            ["transcripts"] = transcripts,
            ["limits"] = JsonNode.Parse(limits),
            ["quotas"] = JsonNode.Parse(quotas),
        }.ToJsonString());

    /// <summary>Adds or replaces a tool.</summary>
    public void AddTool(string name, string json) => File.WriteAllText(Path.Combine(Tools, $"{name}.json"), json);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
