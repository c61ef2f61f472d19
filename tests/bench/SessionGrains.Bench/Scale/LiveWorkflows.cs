using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>What live workflows without a call cost: memory, and time of those who come besides.</summary>
internal sealed class LiveWorkflows(Ground ground) : IPart
{
    public string Name => "Live workflows without a sideband";

    public async Task<PartResult> Measure()
    {
        await using var scene = await Scene.Open(ground);
        var (looks, costs) = (new List<(int Count, long Bytes)>(), new List<(int Count, Cost Cost)>());
        foreach (var live in ground.Plan.Live)
        {
            await scene.GrowTo(live, withCall: false);
            looks.Add((live, await scene.Memory()));
            if (live == ground.Plan.Live[0] || live == ground.Plan.Live[^1])
            {
                costs.Add((live, await scene.Cost(ground.Plan.Quiet, ground.Plan.Window)));
            }
        }

        var costOf = costs.ToDictionary(one => one.Count, one => one.Cost);
        var (fewest, most) = (costs[0].Cost, costs[^1].Cost);
        var (few, many) = (Written.Count(ground.Plan.Live[0]), Written.Count(ground.Plan.Live[^1]));
        return new(
            ["live", "silo's memory, MiB", "their CPU-ms per second", "a lifecycle besides: p50 / p99 ms", "its CPU-ms"],
            [.. looks.Select(look => Row(look, costOf.GetValueOrDefault(look.Count)))],
            [
                new($"memory of one live workflow, from {few} to {many}", Invariant($"{ResidentMemory.Each(looks) / 1024:0.0} KiB"), "≤ 12 KiB"),
                new($"p99 of a lifecycle with {many} live workflows, of that with {few}", Invariant($"{most.P99 / fewest.P99:0.00} ×"), "≤ 1.3 ×"),
                new("its CPU time, likewise", Invariant($"{most.PerLifecycleInAll / fewest.PerLifecycleInAll:0.00} ×")),
            ]);
    }

    private static IReadOnlyList<string> Row((int Count, long Bytes) look, Cost? cost) =>
    [
        Written.Count(look.Count), Written.Mebibytes(look.Bytes), .. cost is null ? ["–", "–", "–"] : new[] { cost.AloneText, $"{Written.Milliseconds(cost.Median)} / {Written.Milliseconds(cost.P99)}", cost.PerLifecycleText },
    ];
}
