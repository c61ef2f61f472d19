using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>One Realtime session: its configuration, its conversation, and all who listen. One thing happens at a time.</summary>
internal sealed class RealtimeSession
{
    private readonly Lock gate = new();
    private readonly List<IEventSink> sinks = [];
    private readonly ClientEvents clientEvents;
    private bool isOver;

    public RealtimeSession(string id, JsonObject configured, DateTimeOffset expiresAt, SessionSurroundings surroundings)
    {
        Id = id;
        ExpiresAt = expiresAt;
        Surroundings = surroundings;
        Configuration = SessionConfiguration.Effective(configured, id, expiresAt.ToUnixTimeSeconds());
        Player = new ScenarioPlayer(surroundings.PickScenario(Configuration));
        Responses = new Responses(this);
        Input = new InputAudio(this);
        Voice = new SilentVoice(surroundings.Pacing);
        clientEvents = new ClientEvents(this);
    }

    public string Id { get; }

    public DateTimeOffset ExpiresAt { get; }

    public SessionSurroundings Surroundings { get; }

    public JsonObject Configuration { get; }

    public Conversation Conversation { get; } = new();

    public ScenarioPlayer Player { get; set; }

    public Responses Responses { get; }

    public InputAudio Input { get; }

    public IVoice Voice { get; set; }

    public bool HasSpoken { get; set; }

    public string Model => Configuration["model"]!.GetValue<string>();

    public int Sidebands
    {
        get
        {
            lock (gate)
            {
                return sinks.Count(s => s.IsSideband);
            }
        }
    }

    /// <summary>Does something while nothing else happens in this session; does nothing once it is over.</summary>
    public void Do(Action something)
    {
        lock (gate)
        {
            if (!isOver)
            {
                something();
            }
        }
    }

    /// <summary>Lets a sink listen from now on; a browser is greeted, a sideband hears nothing of what was before. False once it is over.</summary>
    public bool Attach(IEventSink sink)
    {
        lock (gate)
        {
            if (isOver)
            {
                return false;
            }

            sinks.Add(sink);
            if (!sink.IsSideband)
            {
                Send(sink, ServerEvents.SessionCreated(Configuration));
            }

            return true;
        }
    }

    public void Detach(IEventSink sink)
    {
        lock (gate)
        {
            sinks.Remove(sink);
        }
    }

    /// <summary>Closes the sidebands and leaves the session as it is.</summary>
    public void CloseSidebands(int? code, string reason)
    {
        lock (gate)
        {
            foreach (var sideband in sinks.Where(s => s.IsSideband).ToArray())
            {
                Close(sideband, code, reason);
            }
        }
    }

    /// <summary>A client event, from whichever end; the browser may override everything, as at OpenAI.</summary>
    public void Receive(JsonObject? clientEvent) => Do(() => clientEvents.Handle(clientEvent));

    public void Emit(JsonObject serverEvent)
    {
        var isAudio = serverEvent["type"]!.GetValue<string>() == "response.output_audio.delta";
        byte[]? encoded = null;
        foreach (var sink in sinks)
        {
            if (!isAudio || sink.TakesAudio)
            {
                sink.Send(serverEvent, encoded ??= JsonSerializer.SerializeToUtf8Bytes(serverEvent, Json.Options));
            }
        }

        Surroundings.Page.RecordServerEvent(serverEvent);
    }

    /// <summary>Ends the session once: says why if there is an error to tell, then closes every end.</summary>
    public void End(int closeCode, string reason, JsonObject? error = null)
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            if (error is not null)
            {
                Emit(error);
            }

            isOver = true;
            foreach (var sink in sinks.ToArray())
            {
                Close(sink, closeCode, reason);
            }

            sinks.Clear();
            Voice.HangUp();
        }
    }

    private static void Send(IEventSink sink, JsonObject serverEvent) =>
        sink.Send(serverEvent, JsonSerializer.SerializeToUtf8Bytes(serverEvent, Json.Options));

    private static void Close(IEventSink sink, int? code, string reason)
    {
        if (code is { } by)
        {
            sink.Close(by, reason);
        }
        else
        {
            sink.Abort();
        }
    }
}
