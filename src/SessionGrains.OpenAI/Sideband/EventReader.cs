using System.Text.Json;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Turns a message into events. It throws at nothing: what it does not understand is <see cref="Other"/> or <see cref="Unreadable"/>.</summary>
internal static class EventReader
{
    private const string User = "user";
    private const string Assistant = "assistant";
    private const string SessionUpdate = "session.updated";

    // A page chooses how deep the schema of a tool is, and what is not read is not guarded.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = MessageHead.Deepest };

    public static IReadOnlyList<SidebandEvent> Read(Message message) => message.IsWhole ? Read(message.Bytes) : ReadHead(message.Bytes);

    private static IReadOnlyList<SidebandEvent> Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var json = JsonDocument.Parse(message, Deep);
            var root = json.RootElement;
            return root.Text("type") is { } type ? Read(type, root) ?? [new Other(type)] : [new Unreadable()];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, too deep, or a name with half a surrogate pair in it.
            return [new Unreadable()];
        }
    }

    /// <summary>What is too long is sound or an image in an item, and the item's beginning says enough.</summary>
    private static IReadOnlyList<SidebandEvent> ReadHead(ReadOnlyMemory<byte> beginning) => MessageHead.Of(beginning.Span) switch
    {
        { Type: "conversation.item.added" or "conversation.item.created", Item: { } item } head => [new ItemAdded(item, head.PreviousItemId)],
        { Type: "conversation.item.retrieved", Item: { } item } => [new ItemRetrieved(item, Call: null)],
        { Type: { } type and not (SessionUpdate or "conversation.item.added" or "conversation.item.created") } => [new Other(type)],
        _ => [new Unreadable()],
    };

    /// <summary>The events in a message of this type; null if a member that matters is missing.</summary>
    private static IReadOnlyList<SidebandEvent>? Read(string type, JsonElement root) => type switch
    {
        SessionUpdate => root.Member("session") is { ValueKind: JsonValueKind.Object } session ? [new SessionUpdated(session.Clone())] : null,
        "conversation.item.added" or "conversation.item.created" =>
            root.Member("item") is { ValueKind: JsonValueKind.Object } item ? [new ItemAdded(item.Clone(), root.Text("previous_item_id"))] : null,
        "conversation.item.retrieved" =>
            root.Member("item") is { ValueKind: JsonValueKind.Object } item ? [new ItemRetrieved(item.Clone(), CompletedCall(item, responseId: null))] : null,
        "conversation.item.deleted" => root.Text("item_id") is { } id ? [new ItemDeleted(id)] : null,

        "response.created" => root.Member("response") is { } started && started.Text("id") is { } id ? [new ResponseStarted(id) { IsAside = IsAside(started) }] : null,
        "response.function_call_arguments.done" => Call(root, root.Text("response_id"), root.Text("item_id")) is { } call ? [call] : null,
        "response.output_item.added" =>
            root.Text("response_id") is { } responseId && root.Member("item")?.Text("id") is { } id ? [new OutputItemAdded(responseId, id)] : null,
        "response.output_item.done" => root.Member("item") is { } item && CompletedCall(item, root.Text("response_id")) is { } call ? [call] : null,
        "response.done" => root.Member("response") is { } response ? Done(response) : null,

        "input_audio_buffer.speech_started" => [new SpeechStarted()],
        "input_audio_buffer.speech_stopped" => [new SpeechStopped()],
        "output_audio_buffer.started" => root.Text("response_id") is { } id ? [new AudioStarted(id)] : null,
        "output_audio_buffer.stopped" or "output_audio_buffer.cleared" => root.Text("response_id") is { } id ? [new AudioStopped(id)] : null,

        "response.output_audio_transcript.delta" or "response.output_text.delta" => Delta(Assistant, root),
        "response.output_audio_transcript.done" => Said(Assistant, root, "transcript"),
        "response.output_text.done" => Said(Assistant, root, "text"),
        "conversation.item.input_audio_transcription.delta" => Delta(User, root),
        "conversation.item.input_audio_transcription.completed" => Transcribed(root),

        "rate_limits.updated" => root.Member("rate_limits") is { } limits ? [new RateLimits(limits.Clone())] : null,
        "error" => root.Member("error") is { } error ? [new Error(error.Text("code"), error.Text("message"), error.Text("event_id"))] : null,
        _ => null,
    };

    private static IReadOnlyList<SidebandEvent>? Done(JsonElement response)
    {
        if (response.Text("id") is not { } id || response.Text("status") is not { } status)
        {
            return null;
        }

        var output = !IsAside(response) && response.Member("output") is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray().ToArray() : [];
        FunctionCall[] calls = [.. output.Select(item => CompletedCall(item, id)).OfType<FunctionCall>()];
        var error = response.Member("status_details")?.Member("error");
        var done = new ResponseDone(id, status, UsageReader.Response(response), error?.Text("code") ?? error?.Text("type"), calls);
        return [.. calls, done];
    }

    /// <summary>OpenAI names no conversation where there is none.</summary>
    private static bool IsAside(JsonElement response) => response.Member("conversation_id") is { ValueKind: JsonValueKind.Null };

    /// <summary>A call whose arguments are all there. One that was cut short must not run on half of them.</summary>
    private static FunctionCall? CompletedCall(JsonElement item, string? responseId) =>
        item.Text("type") is "function_call" && item.Text("status") is ("completed" or null) ? Call(item, responseId, item.Text("id")) : null;

    private static FunctionCall? Call(JsonElement element, string? responseId, string? itemId) =>
        element.Text("call_id") is { Length: > 0 } callId && element.Text("name") is { Length: > 0 } name && element.Text("arguments") is { } arguments
            ? new FunctionCall(callId, name, arguments, responseId, itemId)
            : null;

    private static IReadOnlyList<SidebandEvent>? Delta(string role, JsonElement root) =>
        root.Text("item_id") is { } itemId && root.Text("delta") is { } text ? [new TranscriptDelta(role, itemId, text)] : null;

    private static IReadOnlyList<SidebandEvent>? Said(string role, JsonElement root, string member) =>
        root.Text("item_id") is { } itemId && root.Text(member) is { } text ? [new TranscriptDone(role, itemId, text)] : null;

    private static IReadOnlyList<SidebandEvent>? Transcribed(JsonElement root)
    {
        var said = Said(User, root, "transcript");
        return UsageReader.Transcription(root) is { } usage ? [.. said ?? [], new TranscriptionUsage(root.Text("item_id"), usage)] : said;
    }
}
