using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>The server events, each built in one place in the shape that was recorded at OpenAI.</summary>
internal static class ServerEvents
{
    private const int PaddingLength = 14;

    public static JsonObject SessionCreated(JsonObject session) => Event("session.created", ("session", session.DeepClone()));

    public static JsonObject SessionUpdated(JsonObject session) => Event("session.updated", ("session", session.DeepClone()));

    public static JsonObject ItemAdded(JsonObject item, string? previousItemId) =>
        Event("conversation.item.added", ("previous_item_id", previousItemId), ("item", item.DeepClone()));

    /// <summary>As recorded, the predecessor is null here even where there is one.</summary>
    public static JsonObject ItemDone(JsonObject item) =>
        Event("conversation.item.done", ("previous_item_id", null), ("item", item.DeepClone()));

    public static JsonObject ItemRetrieved(JsonObject item) => Event("conversation.item.retrieved", ("item", item.DeepClone()));

    public static JsonObject ItemTruncated(string itemId, int contentIndex, int audioEndMs) => Event(
        "conversation.item.truncated", ("item_id", itemId), ("content_index", contentIndex), ("audio_end_ms", audioEndMs));

    public static JsonObject ItemDeleted(string itemId) => Event("conversation.item.deleted", ("item_id", itemId));

    public static JsonObject TranscriptionDelta(string itemId, string delta) => Event(
        "conversation.item.input_audio_transcription.delta",
        ("item_id", itemId), ("content_index", 0), ("delta", delta), ("obfuscation", RandomId.Next(PaddingLength)));

    public static JsonObject TranscriptionCompleted(string itemId, string transcript, JsonObject usage) => Event(
        "conversation.item.input_audio_transcription.completed",
        ("item_id", itemId), ("content_index", 0), ("transcript", transcript), ("usage", usage));

    public static JsonObject TranscriptionFailed(string itemId) => Event(
        "conversation.item.input_audio_transcription.failed",
        ("item_id", itemId),
        ("content_index", 0),
        ("error", new JsonObject { ["type"] = "transcription_error", ["code"] = "audio_unintelligible", ["message"] = "The audio could not be transcribed." }));

    public static JsonObject BufferCommitted(string itemId, string? previousItemId) =>
        Event("input_audio_buffer.committed", ("previous_item_id", previousItemId), ("item_id", itemId));

    public static JsonObject BufferCleared() => Event("input_audio_buffer.cleared");

    public static JsonObject SpeechStarted(string itemId, int audioStartMs) =>
        Event("input_audio_buffer.speech_started", ("audio_start_ms", audioStartMs), ("item_id", itemId));

    public static JsonObject SpeechStopped(string itemId, int audioEndMs) =>
        Event("input_audio_buffer.speech_stopped", ("audio_end_ms", audioEndMs), ("item_id", itemId));

    /// <summary>What happens to the audio that a call plays; these events have ids of their own kind.</summary>
    public static JsonObject Playback(string what, string responseId)
    {
        var played = Event($"output_audio_buffer.{what}", ("response_id", responseId));
        played["event_id"] = $"event_{RandomId.NextHex()}";
        return played;
    }

    public static JsonObject ResponseCreated(JsonObject response) => Event("response.created", ("response", response));

    public static JsonObject ResponseDone(JsonObject response) => Event("response.done", ("response", response));

    public static JsonObject OutputItemAdded(string responseId, int index, JsonObject item) => Event(
        "response.output_item.added", ("response_id", responseId), ("output_index", index), ("item", item.DeepClone()));

    public static JsonObject OutputItemDone(string responseId, int index, JsonObject item) => Event(
        "response.output_item.done", ("response_id", responseId), ("output_index", index), ("item", item.DeepClone()));

    /// <summary>Something about the one content part of a message.</summary>
    public static JsonObject Part(string type, string responseId, string itemId, int index, params (string Name, JsonNode? Value)[] rest) => Event(
        type, [("response_id", responseId), ("item_id", itemId), ("output_index", index), ("content_index", 0), .. rest]);

    public static JsonObject PartDelta(string type, string responseId, string itemId, int index, string delta) =>
        Part(type, responseId, itemId, index, ("delta", delta), ("obfuscation", RandomId.Next(PaddingLength)));

    public static JsonObject ArgumentsDelta(string responseId, string itemId, int index, string callId, string delta) => Event(
        "response.function_call_arguments.delta",
        ("response_id", responseId), ("item_id", itemId), ("output_index", index), ("call_id", callId), ("delta", delta), ("obfuscation", RandomId.Next(PaddingLength)));

    public static JsonObject ArgumentsDone(string responseId, string itemId, int index, string callId, string name, string arguments) => Event(
        "response.function_call_arguments.done",
        ("response_id", responseId), ("item_id", itemId), ("output_index", index), ("call_id", callId), ("name", name), ("arguments", arguments));

    public static JsonObject McpArgumentsDelta(string responseId, string itemId, int index, string delta) => Event(
        "response.mcp_call_arguments.delta",
        ("response_id", responseId), ("item_id", itemId), ("output_index", index), ("delta", delta), ("obfuscation", RandomId.Next(PaddingLength)));

    public static JsonObject McpArgumentsDone(string responseId, string itemId, int index, string arguments) => Event(
        "response.mcp_call_arguments.done",
        ("response_id", responseId), ("item_id", itemId), ("output_index", index), ("arguments", arguments));

    public static JsonObject McpCall(string what, string itemId, int index) =>
        Event($"response.mcp_call.{what}", ("output_index", index), ("item_id", itemId));

    public static JsonObject McpListTools(string what, string itemId) => Event($"mcp_list_tools.{what}", ("item_id", itemId));

    public static JsonObject RateLimits(long remaining) => Event("rate_limits.updated", ("rate_limits", new JsonArray(new JsonObject
    {
        ["name"] = "tokens",
        ["limit"] = 15_000_000,
        ["remaining"] = remaining,
        ["reset_seconds"] = 0.004,
    })));

    public static JsonObject Error(string? code, string message, string? param = null, string? clientEventId = null) => Event("error", ("error", new JsonObject
    {
        ["type"] = "invalid_request_error",
        ["code"] = code,
        ["message"] = message,
        ["param"] = param,
        ["event_id"] = clientEventId,
    }));

    private static JsonObject Event(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> rest)
    {
        var built = new JsonObject { ["type"] = type, ["event_id"] = $"event_{RandomId.Next()}" };
        foreach (var (name, value) in rest)
        {
            built[name] = value;
        }

        return built;
    }
}
