using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench.Measures;

/// <summary>What an open loop cost, each figure for one piece of work.</summary>
internal sealed record Window(OpenLoopResult Result, IReadOnlyList<(string Name, double Milliseconds)> Cpu, double Commits, double Statements, double WalBytes)
{
    public static async Task<Window> Of(ISystem system, DatabaseServer server, Func<Task<OpenLoopResult>> run)
    {
        var (times, mark) = (Now(), await server.Mark());
        var result = await run();
        var cpu = Now().Since(times);
        var work = await server.Since(mark);
        double done = Math.Max(result.Done, 1);
        return new(result, [.. cpu.Select(group => (group.Name, group.Milliseconds / done))], work.Commits / done, work.Statements / done, work.Bytes / done);

        ProcessTimes Now() => ProcessTimes.Of(system.Processes.Concat(server.Processes));
    }
}
