using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>What a lifecycle costs with more silos. They share the same cores, so they bring no more of them; it must not cost more either.</summary>
internal sealed class SiloCosts(Ground ground) : IPart
{
    public string Name => "More silos";

    public async Task<PartResult> Measure()
    {
        var costs = new List<(int Silos, Cost Cost)>();
        foreach (var silos in ground.Plan.Silos)
        {
            await using var scene = await Scene.Open(ground, silos);
            costs.Add((silos, await scene.Cost(ground.Plan.SiloWindow, ground.Plan.SiloWindow)));
            ground.Say($"  {silos}: {costs[^1].Cost.PerLifecycleText}");
        }

        var (one, all) = (costs[0], costs[^1]);
        return new(
            ["silos", "their CPU-ms per second while nobody asks", "a lifecycle: p50 / p99 ms", "its CPU-ms"],
            [.. costs.Select(row => new[] { $"{row.Silos}", row.Cost.AloneText, $"{Written.Milliseconds(row.Cost.Median)} / {Written.Milliseconds(row.Cost.P99)}", row.Cost.PerLifecycleText })],
            [new($"CPU time of a lifecycle with {all.Silos} silos, of that with {one.Silos}", Invariant($"{all.Cost.PerLifecycleInAll / one.Cost.PerLifecycleInAll:0.00} ×"))]);
    }
}
