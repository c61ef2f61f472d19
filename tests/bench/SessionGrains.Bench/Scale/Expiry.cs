using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Systems;
using SessionGrains.Testing.Hosts;
using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>How late workflows end whose time is over when many are due: calls to the hang-up that OpenAI accepts, the others to the stored end.</summary>
internal sealed class Expiry(Ground ground) : IPart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public string Name => "Expiry";

    public async Task<PartResult> Measure()
    {
        var (plan, due) = (ground.Plan, ground.Plan.Due);
        await using var scene = await Scene.Open(ground, silos: 1, due.Durations);
        // The last of the warm-up may still be hung up.
        await Eventually.True(async () => await scene.Ours.Left() is 0, Patience, () => "the end of the warm-up");
        var ended = await Reports();
        var begun = TimeProvider.System.GetTimestamp();
        await scene.Start(plan.DueWithCall, withCall: true, Definition);
        await scene.Start(plan.DueWithoutCall, withCall: false, Definition);

        var seen = 0L;
        await Eventually.True(
            async () => (seen = await Reports() - ended) == scene.Live.Count,
            due.After + due.Within + Patience,
            () => Invariant($"the end of everything that is due: {seen} of {scene.Live.Count}"));
        scene.Calls.Follow();
        var stored = await Ends.Of(scene.World);
        var (called, others) = (
            Lateness.Of(scene.Live.Where(one => one.Call is not null), one => scene.Calls.HungUp.TryGetValue(one.Call!, out var at) ? at : null),
            Lateness.Of(scene.Live.Where(one => one.Call is null), one => stored.Times.TryGetValue(one.Id, out var at) ? at : null));
        string[] problems = [.. new[] { called.Problem, others.Problem, stored.Problem(ended) }.OfType<string>()];
        if (problems is not [])
        {
            throw new CheckFailedException(problems);
        }

        var within = Invariant($"{Written.Count(scene.Live.Count)} due within {due.Within.TotalSeconds:0} s");
        return new(
            ["from the deadline, in seconds", "number", "p50", "p99", "last"],
            [Row("to the accepted hang-up", called), Row("without a call: to the stored end", others)],
            [
                new($"p99 of the wait for a hang-up, {within}", Invariant($"{Written.Seconds(called.Waits.At(99))} s"), "≤ 2 s"),
                new($"p99 of the wait for the stored end without a call, {within}", Invariant($"{Written.Seconds(others.Waits.At(99))} s"), "≤ 2 s"),
            ]);

        Task<long> Reports() => scene.World.Ask("SELECT count(*) FROM final_report");

        string Definition() => Scene.Due(due.Duration(TimeProvider.System.GetElapsedTime(begun), Random.Shared.NextDouble()));
    }

    private static IReadOnlyList<string> Row(string what, Lateness late) =>
        [what, Written.Count(late.Count), Written.Seconds(late.Waits.At(50)), Written.Seconds(late.Waits.At(99)), Written.Seconds(late.Waits.At(100))];
}

/// <summary>How long after their deadlines workflows ended.</summary>
internal sealed record Lateness(int Count, Latencies Waits, string? Problem)
{
    /// <summary>Ledgers count milliseconds and deadlines do not.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    /// <param name="endOf">When it ended; null where it did not.</param>
    public static Lateness Of(IEnumerable<Session> all, Func<Session, DateTimeOffset?> endOf)
    {
        var (count, waits, missing, early) = (0, new Latencies(), 0, 0);
        foreach (var one in all)
        {
            count++;
            if (endOf(one) is not { } end)
            {
                missing++;
            }
            else if (end < one.ExpiresAt - Rounding)
            {
                early++;
            }
            else
            {
                waits.Record(end - one.ExpiresAt);
            }
        }

        return new(count, waits, missing + early is 0 ? null : $"{missing} of {count} did not end, and {early} ended before their time");
    }
}
