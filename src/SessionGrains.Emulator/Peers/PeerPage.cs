using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Peers;

/// <summary>One open peer page: what it is told, and what it tells.</summary>
internal sealed class PeerPage(CallRegistry calls, EmulatorSettings settings)
{
    private readonly ConcurrentDictionary<string, PeerLeg> legs = new();
    private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Asks the page to answer a call's offer; null where it cannot.</summary>
    public Task<string?> Answer(Call call)
    {
        var leg = new PeerLeg(this, call);
        legs[call.Id] = leg;
        call.Session.Voice = leg;
        Tell(new JsonObject { ["type"] = "offer", ["call_id"] = call.Id, ["sdp"] = call.Offer!.Text });
        return leg.Answered;
    }

    public void Forget(Call call)
    {
        if (legs.TryRemove(call.Id, out var leg))
        {
            leg.Fail();
        }
    }

    public void Tell(JsonObject message) => outgoing.Writer.TryWrite(JsonSerializer.SerializeToUtf8Bytes(message, Json.Options));

    public async Task Run(WebSocket socket, Func<Task<string?>> next, CancellationToken cancellationToken)
    {
        var sending = Send(socket, cancellationToken);
        while (await next() is { } text)
        {
            if (Json.ParseObject(text) is { } message && legs.TryGetValue((string?)message["call_id"] ?? "", out var leg))
            {
                await Hear(leg, message);
            }
        }

        outgoing.Writer.TryComplete();
        foreach (var leg in legs.Values)
        {
            leg.Fail();
            calls.End(leg.Call, "peer_left");
        }

        await sending;
    }

    private async Task Hear(PeerLeg leg, JsonObject message)
    {
        var session = leg.Call.Session;
        switch ((string?)message["type"])
        {
            case "answer":
                leg.Answer((string?)message["sdp"]);
                break;
            case "failed":
                leg.Fail();
                break;
            case "opened":
                leg.Open();
                break;
            case "event":
                var clientEvent = Json.ParseObject((string?)message["event"] ?? "");
                await session.Surroundings.Page.RecordReceived("browser", clientEvent);
                session.Receive(clientEvent);
                break;
            case "speech_started" when settings.Current.Microphone:
                session.Do(session.Input.StartSpeech);
                break;
            case "speech_stopped" when settings.Current.Microphone:
                session.Do(() => session.Input.StopSpeech(lengthMs: (int?)message["ms"] ?? 0));
                break;
            case "closed":
                Forget(leg.Call);
                calls.End(leg.Call, "browser_left");
                break;
        }
    }

    private async Task Send(WebSocket socket, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in outgoing.Reader.ReadAllAsync(cancellationToken))
            {
                await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The page is gone; the reading half ends its calls.
        }
    }
}
