using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>What live workflows cost that have a sideband into their call.</summary>
internal sealed class Sidebands(Ground ground) : IPart
{
    public string Name => "Live workflows with a sideband";

    public async Task<PartResult> Measure()
    {
        await using var scene = await Scene.Open(ground);
        var looks = new List<(int Count, long Bytes)>();
        foreach (var live in ground.Plan.WithSideband)
        {
            await scene.GrowTo(live, withCall: true);
            await scene.AllAreHeld();
            looks.Add((live, await scene.Memory()));
        }

        return new(
            ["live", "silo's memory, MiB"],
            [.. looks.Select(look => new[] { Written.Count(look.Count), Written.Mebibytes(look.Bytes) })],
            [new($"memory of one with a sideband, from {Written.Count(looks[0].Count)} to {Written.Count(looks[^1].Count)}", Invariant($"{ResidentMemory.Each(looks) / 1024:0.0} KiB"), "≤ 64 KiB")]);
    }
}
