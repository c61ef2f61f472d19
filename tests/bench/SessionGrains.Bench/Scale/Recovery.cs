using SessionGrains.Testing.Hosts;
using static System.FormattableString;

namespace SessionGrains.Bench.Scale;

/// <summary>How long calls are without a sideband whose silo is killed.</summary>
internal sealed class Recovery(Ground ground) : IPart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    public string Name => "Recovery";

    public async Task<PartResult> Measure()
    {
        await using var scene = await Scene.Open(ground, silos: 2);
        await scene.GrowTo(ground.Plan.LostCalls, withCall: true);
        await scene.AllAreHeld();

        var silo = scene.Ours.Product.Silos[0];
        var killed = TimeProvider.System.GetUtcNow();
        await silo.KillAsync();
        scene.Ours.Product.Silos.Remove(silo);
        IReadOnlyList<TimeSpan?> waits = [];
        await Eventually.True(
            () =>
            {
                scene.Calls.Follow();
                waits = scene.Calls.HeldAgain(killed);
                return Task.FromResult(waits is not [] && waits.All(wait => wait is not null) && scene.Calls.Held == scene.Live.Count);
            },
            Patience,
            () => $"a sideband in every call again; {scene.Calls.Held} of {scene.Live.Count} have one");

        var (first, last) = (waits.Min()!.Value, waits.Max()!.Value);
        var perSecond = Invariant($"{waits.Count / Math.Max((last - first).TotalSeconds, 0.001):0}");
        return new(
            ["calls", "lost their sideband", "the first has a sideband again after, s", "the last, s", "per second in between"],
            [[Written.Count(scene.Live.Count), Written.Count(waits.Count), Written.Seconds(first), Written.Seconds(last), perSecond]],
            [new($"from the kill of a silo to the last of its {Written.Count(waits.Count)} sidebands", $"{Written.Seconds(last)} s")]);
    }
}
