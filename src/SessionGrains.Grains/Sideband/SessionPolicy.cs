using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>The session as the policy wants it, with its tools.</summary>
internal sealed class SessionPolicy
{
    public const string VoicePath = "$.audio.output.voice";

    private const string Prompt = "prompt";
    private const string ToolChoice = "tool_choice";
    private const string Tools = "tools";

    private readonly JsonObject expected;
    private readonly JsonObject update;

    public SessionPolicy(CallPlan plan)
    {
        expected = plan.Session.DeepClone().AsObject();
        expected[Tools] = SessionRenderer.Tools(plan.Tools);
        // Only what is said can be compared: nobody else chooses the tools, or brings instructions by the back door.
        expected.TryAdd(ToolChoice, "auto");
        expected.TryAdd(Prompt, null);
        Model = Text(plan.Session["model"]) ?? "";
        TranscriptionModel = Text(plan.Session["audio"]?["input"]?["transcription"]?["model"]);
        update = plan.Mode is ConnectionMode.ClientSecret ? new() { [Tools] = expected[Tools]!.DeepClone() } : WhatCanChange();
    }

    public string Model { get; }

    /// <summary>What writes down the user's words, if the policy says so.</summary>
    public string? TranscriptionModel { get; }

    /// <summary>What proves that the sideband works, and sets what can be set in a running session.</summary>
    public JsonObject Update() => update.DeepClone().AsObject();

    /// <summary>What sets the session back.</summary>
    /// <param name="isSilent">Whether nothing was heard yet: OpenAI takes a voice only then.</param>
    public JsonObject Revert(IReadOnlyCollection<string> paths, bool isSilent)
    {
        var revert = Update();
        if (paths.Any(path => path is SessionGuard.Whole || path.StartsWith("$." + Prompt, StringComparison.Ordinal)))
        {
            revert[Prompt] = expected[Prompt]?.DeepClone();
        }

        if (isSilent && paths.Contains(VoicePath))
        {
            var output = Member(Member(revert, "audio"), "output");
            output["voice"] = expected["audio"]!["output"]!["voice"]!.DeepClone();
        }

        return revert;
    }

    public IReadOnlyList<string> Differs(JsonElement session) => SessionComparison.Differs(session, expected);

    private JsonObject WhatCanChange()
    {
        var changes = expected.DeepClone().AsObject();
        changes.Remove("model");
        if (changes[Prompt] is null)
        {
            changes.Remove(Prompt);
        }

        if (changes["audio"] is JsonObject audio && audio["output"] is JsonObject output)
        {
            output.Remove("voice");
        }

        return changes;
    }

    private static JsonObject Member(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject member)
        {
            parent[name] = member = [];
        }

        return member;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
