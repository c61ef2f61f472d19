using System.Text;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Peers;

/// <summary>A call whose other end is a peer page: its voice, and the data channel if the offer has one.</summary>
internal sealed class PeerLeg(PeerPage page, Call call) : IEventSink, IVoice
{
    private const int MsPerWord = 200;

    private readonly TaskCompletionSource<string?> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Call Call => call;

    public Task<string?> Answered => answered.Task;

    public Task Connected => call.Offer is { HasDataChannel: true } ? connected.Task : Task.CompletedTask;

    public bool TakesAudio => false;

    public bool IsSideband => false;

    public void Answer(string? sdp) => answered.TrySetResult(sdp);

    /// <summary>It answers no more, if it ever did: nobody waits for it.</summary>
    public void Fail()
    {
        answered.TrySetResult(null);
        connected.TrySetResult();
    }

    /// <summary>The data channel is open: the session is told to it from now on.</summary>
    public void Open()
    {
        call.Session.Attach(this);
        connected.TrySetResult();
    }

    public void Send(JsonObject serverEvent, byte[] encoded) => Tell("event", ("event", Encoding.UTF8.GetString(encoded)));

    public int Speak(string text)
    {
        var ms = MsPerWord * Words.Of(text).Count();
        Tell("speak", ("ms", ms));
        return ms;
    }

    public void Hush() => Tell("hush");

    public void HangUp()
    {
        Tell("close");
        page.Forget(call);
    }

    public void Close(int code, string reason) => HangUp();

    public void Abort() => HangUp();

    private void Tell(string type, params ReadOnlySpan<(string Name, JsonNode Value)> rest)
    {
        var message = new JsonObject { ["type"] = type, ["call_id"] = call.Id };
        foreach (var (name, value) in rest)
        {
            message[name] = value;
        }

        page.Tell(message);
    }
}
