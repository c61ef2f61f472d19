using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>Client events as a client writes them.</summary>
internal static class Events
{
    public static JsonObject Of(string json) => JsonNode.Parse(json)!.AsObject();

    public static JsonObject Update(string session) => new() { ["type"] = "session.update", ["session"] = JsonNode.Parse(session) };

    public static JsonObject Respond(string? wishes = null) => wishes is null
        ? new() { ["type"] = "response.create" }
        : new() { ["type"] = "response.create", ["response"] = JsonNode.Parse(wishes) };

    public static JsonObject UserText(string text) => new()
    {
        ["type"] = "conversation.item.create",
        ["item"] = new JsonObject
        {
            ["type"] = "message",
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text }),
        },
    };

    public static JsonObject ToolOutput(string callId, string output) => new()
    {
        ["type"] = "conversation.item.create",
        ["item"] = new JsonObject { ["type"] = "function_call_output", ["call_id"] = callId, ["output"] = output },
    };
}
