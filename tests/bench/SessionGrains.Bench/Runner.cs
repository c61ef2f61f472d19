using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Results;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench;

/// <summary>Measures one system from its start to its end: first whether it does the work, then how fast.</summary>
internal sealed class Runner(Plan plan, DatabaseServer server, Cores cores, Action<string> say)
{
    private const int WarmUpCallers = 8;

    public async Task<Figures> Run(Candidate candidate)
    {
        await using var world = await World.Create(server, cores);
        await using var system = await candidate.Start(world);
        using var lifecycle = new Lifecycle(system, world.OpenAI.BaseUrl);
        var check = new Check(system, lifecycle, world);
        await check.Small(plan.Checked);
        say($"{candidate.Name}: does the work");

        await server.Checkpoint();
        var loop = new ClosedLoop(lifecycle.Whole, cores);
        await loop.Run(WarmUpCallers, plan.WarmUp);
        var steps = await loop.Climb(plan.FirstCallers, plan.Step);
        var knee = Knee.Of(steps);
        say($"{candidate.Name}: {knee.PerSecond:0} lifecycles/s with {knee.Callers} callers ({string.Join(", ", steps.Select(step => $"{step.Callers}: {step.PerSecond:0}"))})");

        var half = await Open(knee.PerSecond * 0.5, seed: 50);
        var most = await Open(knee.PerSecond * 0.8, seed: 80);
        say($"{candidate.Name}: p99 {half.Result.Latencies.At(99).TotalMilliseconds:0.0} ms at a half, {most.Result.Latencies.At(99).TotalMilliseconds:0.0} ms at four fifths");

        var tools = new ToolLoad(lifecycle);
        await tools.Begin();
        var toolLoop = new ClosedLoop(tools.Ask, cores);
        var toolKnee = Knee.Of(await toolLoop.Climb(plan.FirstCallers, plan.ToolStep));
        await tools.End();
        say($"{candidate.Name}: {toolKnee.PerSecond:0} tool calls/s with {toolKnee.Callers} callers");

        CheckFailedException.ThrowIfAny(
            loop.Failed + toolLoop.Failed + half.Result.Failed + most.Result.Failed,
            loop.FirstFault ?? half.Result.FirstFault ?? most.Result.FirstFault ?? toolLoop.FirstFault);
        await check.Everything();
        return new(candidate.Name, knee, half, most, toolKnee);

        Task<Window> Open(double perSecond, int seed) =>
            Window.Of(system, server, () => OpenLoop.Run(lifecycle.Whole, perSecond, plan.OpenLoop, new Random(seed)));
    }
}
