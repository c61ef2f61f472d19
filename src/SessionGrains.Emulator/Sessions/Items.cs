using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Conversation items as the server shows them.</summary>
internal static class Items
{
    /// <summary>An item from a client, with what the server adds. The order of members is the recorded one.</summary>
    public static JsonObject Complete(JsonObject given)
    {
        var type = given["type"]!.GetValue<string>();
        var item = new JsonObject { ["id"] = (string?)given["id"] ?? NewId(), ["type"] = type };
        if (type is "message" or "function_call")
        {
            item["status"] = "completed";
        }

        foreach (var (name, value) in given.Where(m => m.Key is not ("id" or "type" or "status" or "object")))
        {
            item[name] = value?.DeepClone();
        }

        // Sound is shown only when an item is retrieved on purpose.
        foreach (var part in (item["content"] as JsonArray ?? []).OfType<JsonObject>().Where(p => (string?)p["type"] == "input_audio"))
        {
            part.Remove("audio");
            part.TryAdd("transcript", null);
        }

        return item;
    }

    public static JsonObject UserAudio(string itemId) => new()
    {
        ["id"] = itemId,
        ["type"] = "message",
        ["status"] = "completed",
        ["role"] = "user",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "input_audio", ["transcript"] = null }),
    };

    public static JsonObject Message(string itemId, string? phase)
    {
        var item = new JsonObject
        {
            ["id"] = itemId,
            ["type"] = "message",
            ["status"] = "in_progress",
            ["role"] = "assistant",
            ["content"] = new JsonArray(),
        };
        if (phase is not null)
        {
            item["phase"] = phase;
        }

        return item;
    }

    public static JsonObject FunctionCall(string itemId, string name, string callId) => new()
    {
        ["id"] = itemId,
        ["type"] = "function_call",
        ["status"] = "in_progress",
        ["name"] = name,
        ["call_id"] = callId,
        ["arguments"] = "",
    };

    public static string NewId() => $"item_{RandomId.Next()}";
}
