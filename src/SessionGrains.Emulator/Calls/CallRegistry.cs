using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Calls;

/// <summary>The calls that are live. An ended call is forgotten, as at OpenAI.</summary>
internal sealed class CallRegistry(EmulatorClock clock, EmulatorSettings settings, Ledger ledger)
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(60);

    private readonly ConcurrentDictionary<string, Call> calls = new();

    public IEnumerable<Call> Live => calls.Values.OrderBy(c => c.CreatedAt);

    public Call? Find(string callId) => calls.GetValueOrDefault(callId);

    public Call Create(Credential owner, CallForm form)
    {
        var suffix = $"u1_{RandomId.Next()}";
        var now = clock.Now;
        var session = new RealtimeSession($"sess_{suffix}", form.Session, now + LongestCall);
        var call = new Call($"rtc_{suffix}", owner, form.Offer, session, now);
        calls[call.Id] = call;
        return call;
    }

    /// <summary>Ends the call a little later: a hang-up is answered when the end begins, not when it is done.</summary>
    public void EndSoon(Call call, string reason) => _ = EndAfter(TimeSpan.FromMilliseconds(settings.Current.HangupDelayMs), call, reason);

    /// <summary>Ends the call, once.</summary>
    public void End(Call call, string reason)
    {
        if (calls.TryRemove(call.Id, out _))
        {
            _ = ledger.Record("call.ended", call.Id, call.Session.Id, call.Owner.Secret?.Id, details: new JsonObject { ["reason"] = reason });
        }
    }

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
            End(call, "session_expired");
        }
    }

    private async Task EndAfter(TimeSpan delay, Call call, string reason)
    {
        await Task.Delay(delay, TimeProvider.System);
        End(call, reason);
    }
}
