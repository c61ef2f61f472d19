namespace SessionGrains.Bench.Loads;

/// <summary>What came of sending at a rate, whether or not the answers keep up.</summary>
internal sealed record OpenLoopResult(double PerSecond, int Done, int Failed, string? FirstFault, Latencies Latencies, TimeSpan Took);

/// <summary>Sends at random moments of a given rate and waits for nobody: how long users wait, who do not slow down because a system is slow.</summary>
internal static class OpenLoop
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<OpenLoopResult> Run(Work work, double perSecond, TimeSpan duration, Random random)
    {
        var (tally, latencies, sent) = (new Tally(), new Latencies(), new List<Task>());
        var begun = TimeProvider.System.GetTimestamp();
        foreach (var at in PoissonArrivals.Within(duration, perSecond, random))
        {
            // A timer counts milliseconds. What comes late for that is sent at once, and waits are counted from when it should have been.
            var left = at - TimeProvider.System.GetElapsedTime(begun);
            if (left >= TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(left, TimeProvider.System);
            }

            sent.Add(Send(at, sent.Count));
        }

        await Task.WhenAll(sent).WaitAsync(Patience);
        return new(perSecond, tally.Done, tally.Failed, tally.FirstFault, latencies, TimeProvider.System.GetElapsedTime(begun));

        async Task Send(TimeSpan at, int n)
        {
            await Task.Yield();
            await tally.Do(work, n);
            latencies.Record(TimeProvider.System.GetElapsedTime(begun) - at);
        }
    }
}
