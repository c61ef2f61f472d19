using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SessionGrains.Browser.Tests.Pretended;

/// <summary>One workflow of the pretended API: its JSON, its event stream, its call at the emulator.</summary>
internal sealed class PretendWorkflow(string id, string definition, string mode, string callsUrl)
{
    private readonly Lock gate = new();
    private readonly DateTimeOffset created = TimeProvider.System.GetUtcNow();
    private readonly List<(long Id, string Type, string Data)> events = [];
    private readonly List<Channel<(long Id, string Type, string Data)>> streams = [];
    private string? hangup;

    public string Id => id;

    public string Mode => mode;

    /// <summary>The call as it stands; who hangs it up needs what it was created with.</summary>
    public string? CallId { get; set; }

    public string Key { get; set; } = "sk-emulator";

    public string Status { get; private set; } = "ready";

    public string? EndReason { get; private set; }

    public string Control { get; set; } = "none";

    public DateTimeOffset ExpiresAt { get; set; } = TimeProvider.System.GetUtcNow().AddMinutes(15);

    public int Secrets { get; set; }

    public Dictionary<string, JsonObject> ToolCalls { get; } = [];

    public JsonObject View(int heartbeatSeconds) => new()
    {
        ["id"] = id,
        ["object"] = "workflow",
        ["definition"] = definition,
        ["definition_version"] = "2cec813b634d77dd",
        ["status"] = Status,
        ["end_reason"] = EndReason,
        ["hangup"] = Status == "ended" ? hangup : null,
        ["control"] = Control,
        ["created_at"] = created.ToString("O"),
        ["expires_at"] = ExpiresAt.ToString("O"),
        ["ended_at"] = Status == "ended" ? TimeProvider.System.GetUtcNow().ToString("O") : null,
        ["connection"] = new JsonObject { ["mode"] = mode, ["transport"] = "webrtc", ["url"] = callsUrl, ["call_id"] = CallId },
        ["policy"] = JsonNode.Parse($$"""
            {"model":"gpt-realtime-2.1","voice":"marin","output_modalities":["audio"],
             "tools":[{"name":"lookup_order","description":"Finds an order by its number.","requires_approval":false},
                      {"name":"issue_refund","description":"Pays an amount of an order back to the customer.","requires_approval":true}],
             "max_duration_seconds":900,"idle_timeout_seconds":120,"max_tool_calls":50,"max_cost_usd":1.50,"heartbeat_seconds":{{heartbeatSeconds}}}
            """),
        ["usage"] = JsonNode.Parse("""{"responses":0,"input_tokens":0,"output_tokens":0,"audio_input_tokens":0,"audio_output_tokens":0,"cost_usd":0,"tool_calls":0,"estimated":false}"""),
        ["metadata"] = new JsonObject(),
    };

    public void Activate(string callId) => (CallId, Status, Control) = (callId, "active", Control == "full" ? "full" : "degraded");

    public void End(string reason, string call = "confirmed") => (Status, EndReason, hangup) = ("ended", EndReason ?? reason, call);

    /// <summary>Answers as it did before its end, as an answer does that was on its way.</summary>
    public void Reopen() => Status = "active";

    /// <summary>Sends an event to whoever listens, and keeps it for whoever comes back.</summary>
    public void Tell(string type, JsonNode data)
    {
        lock (gate)
        {
            var told = ((events.Count + 1) * 1024L, type, data.ToJsonString());
            events.Add(told);
            foreach (var stream in streams)
            {
                stream.Writer.TryWrite(told);
            }
        }
    }

    /// <summary>Everything after an event, and what is still to come.</summary>
    public ChannelReader<(long Id, string Type, string Data)> Listen(long? after, JsonNode snapshot)
    {
        lock (gate)
        {
            var stream = Channel.CreateUnbounded<(long Id, string Type, string Data)>();
            stream.Writer.TryWrite(((after ?? events.Count * 1024L) + 1, "workflow.updated", snapshot.ToJsonString()));
            foreach (var missed in events.Where(told => told.Id > (after ?? long.MaxValue)))
            {
                stream.Writer.TryWrite(missed);
            }

            streams.Add(stream);
            return stream.Reader;
        }
    }

    /// <summary>Breaks every open stream, as a restarted server does.</summary>
    public void BreakStreams()
    {
        lock (gate)
        {
            streams.ForEach(stream => stream.Writer.TryComplete());
            streams.Clear();
        }
    }
}
