using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Workflows;
using SessionGrains.OpenAI;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>Attaches to a call, again and again until it is over, and passes on what is told.</summary>
internal sealed class Connection(
    CallPlan plan, Func<IReadOnlyList<string>> secrets, ISidebandClient client, ChannelWriter<Fact> facts, TimeProvider clock, ILogger logger)
{
    // Closing by the book again and again is no rotation of proxies any more.
    private const int MostAtOnce = 5;

    // A call that is being hung up closes its sideband, and is over for its workflow a moment later.
    private static readonly TimeSpan HangUpTakes = TimeSpan.FromSeconds(2);

    private readonly AttachRules rules = new(plan.Mode, plan.IsTakeover, plan.NewUntil);
    private volatile ISideband? current;
    private string? provenKey;
    private bool isProven;
    private volatile bool works;
    private volatile bool isHangingUp;
    private volatile bool isClosing;

    /// <summary>The sideband that is attached now has answered.</summary>
    public void Works() => works = true;

    /// <summary>The call is being hung up: a sideband that closes now is the proof of it, more likely than not, and is not followed by another one at once.</summary>
    public void HangsUp() => isHangingUp = true;

    /// <summary>Closes by the book what is attached, and attaches no more.</summary>
    public async Task Close()
    {
        isClosing = true;
        if (current is { } attached)
        {
            await attached.CloseAsync();
        }
    }

    public async Task Run(CancellationToken stopping)
    {
        var since = clock.GetTimestamp();
        var (attempts, atOnce) = (0, 0);
        while (true)
        {
            var (reply, isProvenKey) = await AttachOnce(stopping);
            var wait = TimeSpan.Zero;
            if (reply is AttachReply.Attached(var sideband))
            {
                var isAgain = plan.IsTakeover || isProven || clock.GetElapsedTime(since) > AttachRules.Hurry;
                var attachedAt = clock.GetTimestamp();
                var closed = await Hold(sideband, isAgain, stopping);
                if (isClosing)
                {
                    return;
                }

                if (closed.Kind is CloseKind.Expired)
                {
                    await facts.WriteAsync(new Fact.Gone("it reached OpenAI's longest duration"), stopping);
                    return;
                }

                atOnce = clock.GetElapsedTime(attachedAt) > AttachRules.Hurry ? 0 : atOnce;
                if (works)
                {
                    (attempts, since) = (0, clock.GetTimestamp());
                }

                if (isHangingUp)
                {
                    wait = HangUpTakes;
                }
                else if (works && closed.Kind is CloseKind.Clean && ++atOnce <= MostAtOnce)
                {
                    continue;
                }
            }
            else if (reply is AttachReply.NotFound && rules.IsOver(isProvenKey, clock.GetUtcNow()))
            {
                await facts.WriteAsync(new Fact.Gone("OpenAI knows it no more"), stopping);
                return;
            }
            else if (reply is AttachReply.Failed { Fault.RetryAfter: { } retryAfter })
            {
                wait = retryAfter;
            }

            var delay = rules.Delay(++attempts, clock.GetElapsedTime(since), isProven);
            await Task.Delay(Jitter(delay > wait ? delay : wait), clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<(AttachReply Reply, bool IsProvenKey)> AttachOnce(CancellationToken stopping)
    {
        using var span = WorkflowTrace.Begin("attach sideband", plan.Workflow);
        return await Attach(stopping);
    }

    /// <summary>One round: every key that may be the call's, the one that was right before first.</summary>
    private async Task<(AttachReply Reply, bool IsProvenKey)> Attach(CancellationToken stopping)
    {
        var last = (Reply: (AttachReply)new AttachReply.NotFound(), IsProvenKey: false);
        foreach (var key in Keys())
        {
            var isProvenKey = isProven && key == provenKey;
            last = (await Attach(key, stopping), isProvenKey);
            if (last.Reply is AttachReply.Attached)
            {
                provenKey = key;
                return last;
            }

            if (isProvenKey && last.Reply is AttachReply.NotFound)
            {
                return last;
            }
        }

        return last;
    }

    private async Task<AttachReply> Attach(string? key, CancellationToken stopping)
    {
        try
        {
            return await client.AttachAsync(plan.Call.Value, key, stopping);
        }
        // A key that cannot be read is a failed attempt like any other: the call is still there.
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            logger.AttachThrew(plan.Workflow, plan.Call, e);
            return new AttachReply.Failed(new ProviderFault(ProviderFaultKind.Unavailable, e.GetType().Name));
        }
    }

    /// <summary>Null is the server's own key.</summary>
    private string?[] Keys()
    {
        if (plan.Mode is not ConnectionMode.ClientSecret)
        {
            return [null];
        }

        string?[] keys = [.. secrets().Reverse(), null];
        return isProven ? [provenKey, .. keys.Where(key => key != provenKey)] : keys;
    }

    private async Task<SidebandEvent.Closed> Hold(ISideband sideband, bool isAgain, CancellationToken stopping)
    {
        await using (sideband)
        {
            (isProven, works, current) = (true, false, sideband);
            await facts.WriteAsync(new Fact.Attached(sideband, isAgain), stopping);
            var closed = await Read(sideband, stopping);
            current = null;
            await facts.WriteAsync(new Fact.Lost(closed.Kind), stopping);
            return closed;
        }
    }

    private async Task<SidebandEvent.Closed> Read(ISideband sideband, CancellationToken stopping)
    {
        await foreach (var told in sideband.ReadAsync(stopping))
        {
            if (told is SidebandEvent.Closed closed)
            {
                return closed;
            }

            await facts.WriteAsync(new Fact.Heard(told), stopping);
        }

        return new SidebandEvent.Closed(CloseKind.Broken, null);
    }

    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
