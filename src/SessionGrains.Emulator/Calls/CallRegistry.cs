using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Media;
using SessionGrains.Emulator.Scenarios;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Calls;

/// <summary>The calls, and sessions over WebSocket, that are live. What has ended is forgotten, as at OpenAI.</summary>
internal sealed class CallRegistry(EmulatorClock clock, EmulatorSettings settings, ScenarioLibrary scenarios, Ledger ledger)
{
    private const string ExpiredMessage = "Your session hit the maximum duration of 60 minutes.";
    private const int GoingAway = 1001;

    private static readonly TimeSpan LongestSession = TimeSpan.FromMinutes(60);

    private readonly ConcurrentDictionary<string, Call> calls = new();

    public IEnumerable<Call> Live => calls.Values.OrderBy(c => c.CreatedAt);

    /// <summary>By call id, or by session id where there is no call.</summary>
    public Call? Find(string id) => calls.GetValueOrDefault(id);

    public Call CreateCall(Credential owner, Offer offer, JsonObject configured) => Create(owner, offer, configured);

    /// <summary>A session whose sound goes over the same socket as its events.</summary>
    public Call CreateSession(Credential owner, JsonObject configured) => Create(owner, null, configured);

    /// <summary>Ends the call a little later: a hang-up is answered when the end begins, not when it is done.</summary>
    public void EndSoon(Call call, string reason) =>
        EndAfter(TimeSpan.FromMilliseconds(settings.Current.HangupDelayMs), call, reason).Watch();

    /// <summary>Ends the call, once.</summary>
    public void End(Call call, string reason) => End(call, reason, settings.Current.EndCloseCode, "");

    public void EndAll(string reason)
    {
        foreach (var call in Live)
        {
            End(call, reason);
        }
    }

    /// <summary>Ends what has reached OpenAI's own limit.</summary>
    public void EndExpired()
    {
        foreach (var call in Live.Where(c => c.Session.ExpiresAt <= clock.Now))
        {
            End(call, "session_expired", GoingAway, ExpiredMessage, ServerEvents.Error("session_expired", ExpiredMessage));
        }
    }

    private Call Create(Credential owner, Offer? offer, JsonObject configured)
    {
        var suffix = $"u1_{RandomId.Next()}";
        var (callId, sessionId) = (offer is null ? null : $"rtc_{suffix}", $"sess_{suffix}");
        var surroundings = new SessionSurroundings(
            HasMedia: offer is not null,
            new LedgerPage(ledger, callId, sessionId, owner.Secret?.Id),
            session => scenarios.For(session, settings.Current.Scenario),
            () => settings.Current.Pacing);
        var now = clock.Now;
        var call = new Call(callId ?? sessionId, owner, offer, new RealtimeSession(sessionId, configured, now + LongestSession, surroundings), now);
        calls[call.Id] = call;
        return call;
    }

    private void End(Call call, string reason, int closeCode, string closeReason, JsonObject? error = null)
    {
        if (calls.TryRemove(call.Id, out _))
        {
            call.Session.Surroundings.Page.Record("call.ended", new JsonObject { ["reason"] = reason }).Watch();
            call.Session.End(closeCode, closeReason, error);
        }
    }

    private async Task EndAfter(TimeSpan delay, Call call, string reason)
    {
        await Task.Delay(delay, TimeProvider.System);
        End(call, reason);
    }
}
