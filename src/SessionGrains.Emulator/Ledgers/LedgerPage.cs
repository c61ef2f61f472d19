using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>The ledger as one session writes it.</summary>
internal sealed class LedgerPage(Ledger ledger, string? callId, string sessionId, string? secretId)
{
    private const int LongestAudio = 64;

    public Task Record(string kind, JsonObject? details = null, int? status = null) =>
        ledger.Record(kind, callId, sessionId, secretId, status, details);

    /// <summary>A client event as it came in, without its sound.</summary>
    public Task RecordReceived(string from, JsonObject? clientEvent)
    {
        var copy = clientEvent?.DeepClone().AsObject();
        if (copy?["audio"] is JsonValue audio && audio.TryGetValue(out string? sound) && sound.Length > LongestAudio)
        {
            copy["audio"] = $"({sound.Length} characters)";
        }

        return Record("event.received", new JsonObject { ["from"] = from, ["type"] = copy?["type"]?.DeepClone(), ["event"] = copy });
    }

    /// <summary>Keeps the server events that a checker needs: responses, tool calls and changes of the session.</summary>
    public void RecordServerEvent(JsonObject serverEvent)
    {
        var type = serverEvent["type"]!.GetValue<string>();
        if (type is "response.created" or "response.done" or "session.updated" or "error")
        {
            Record(type, new JsonObject { ["event"] = serverEvent.DeepClone() }).Watch();
        }
        else if (type == "response.function_call_arguments.done")
        {
            Record("tool_call.issued", new JsonObject
            {
                ["name"] = serverEvent["name"]!.DeepClone(),
                ["tool_call_id"] = serverEvent["call_id"]!.DeepClone(),
                ["arguments"] = serverEvent["arguments"]!.DeepClone(),
            }).Watch();
        }
    }
}
