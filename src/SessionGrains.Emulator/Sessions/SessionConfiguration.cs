using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>A session's configuration: OpenAI's defaults, and the partial merge that an update does.</summary>
internal static class SessionConfiguration
{
    public const string DefaultModel = "gpt-realtime-2.1";

    /// <summary>The whole configuration as OpenAI echoes it.</summary>
    public static JsonObject Effective(JsonObject configured, string sessionId, long expiresAt)
    {
        var session = new JsonObject
        {
            ["type"] = "realtime",
            ["object"] = "realtime.session",
            ["id"] = sessionId,
            ["model"] = DefaultModel,
            ["output_modalities"] = new JsonArray("audio"),
            ["instructions"] = "You are a helpful assistant.",
            ["tools"] = new JsonArray(),
            ["tool_choice"] = "auto",
            ["max_output_tokens"] = "inf",
            ["tracing"] = null,
            ["truncation"] = "auto",
            ["prompt"] = null,
            ["expires_at"] = expiresAt,
            ["audio"] = new JsonObject
            {
                ["input"] = new JsonObject
                {
                    ["format"] = Pcm(),
                    ["transcription"] = null,
                    ["noise_reduction"] = null,
                    ["turn_detection"] = TurnDetection("server_vad"),
                },
                ["output"] = new JsonObject { ["format"] = Pcm(), ["voice"] = "marin", ["speed"] = 1.0 },
            },
            ["include"] = null,
        };
        Merge(session, configured);
        session["id"] = sessionId;
        session["expires_at"] = expiresAt;
        return session;
    }

    /// <summary>Changes what the patch names: objects member by member, lists and values as a whole, null clears.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (name == "turn_detection" && value is JsonObject detection)
            {
                target[name] = MergeTurnDetection(target[name] as JsonObject, detection);
            }
            else if (name is "audio" or "input" or "output" && value is JsonObject inner && target[name] is JsonObject current)
            {
                Merge(current, inner);
            }
            else
            {
                target[name] = name == "tools" ? WithDescriptions(value) : value?.DeepClone();
            }
        }
    }

    private static JsonObject MergeTurnDetection(JsonObject? current, JsonObject patch)
    {
        var type = patch["type"]?.GetValue<string>() ?? current?["type"]?.GetValue<string>() ?? "server_vad";
        var merged = current?["type"]?.GetValue<string>() == type ? current.DeepClone().AsObject() : TurnDetection(type);
        foreach (var (name, value) in patch)
        {
            merged[name] = value?.DeepClone();
        }

        return merged;
    }

    private static JsonNode? WithDescriptions(JsonNode? tools)
    {
        var copy = tools?.DeepClone();
        foreach (var tool in copy?.AsArray().OfType<JsonObject>().Where(t => t["type"]?.GetValue<string>() == "function") ?? [])
        {
            tool.TryAdd("description", null);
            tool.TryAdd("parameters", new JsonObject());
        }

        return copy;
    }

    private static JsonObject Pcm() => new() { ["type"] = "audio/pcm", ["rate"] = 24000 };

    private static JsonObject TurnDetection(string type) => type == "semantic_vad"
        ? new() { ["type"] = type, ["eagerness"] = "auto", ["create_response"] = true, ["interrupt_response"] = true }
        : new()
        {
            ["type"] = type,
            ["threshold"] = 0.5,
            ["prefix_padding_ms"] = 300,
            ["silence_duration_ms"] = 500,
            ["idle_timeout_ms"] = null,
            ["create_response"] = true,
            ["interrupt_response"] = true,
        };
}
