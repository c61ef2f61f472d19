using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Results;
using SessionGrains.Bench.Systems;

namespace SessionGrains.Bench;

/// <summary>Measures the systems beside each other, and what their database can do at most.</summary>
internal sealed class Comparison(Plan plan, DatabaseServer server, Cores cores, Action<string> say)
{
    /// <param name="only">Part of the names of the systems to measure; all of them unless given.</param>
    public async Task<Tables> Run(string? only)
    {
        var limit = await PhysicalLimit.Measure(server, cores, plan);
        say($"PostgreSQL: {limit.Inserts.PerSecond:0} inserts/s, {limit.Updates.PerSecond:0} updates/s");

        var (figures, failed) = (new List<Figures>(), 0);
        foreach (var candidate in Candidate.All.Where(one => only is null || one.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            try
            {
                figures.Add(await new Runner(plan, server, cores, say).Run(candidate));
            }
            catch (CheckFailedException fault)
            {
                failed++;
                say($"{candidate.Name}: FAILED, and not timed: {fault.Message}");
            }
        }

        return new(Table.Of(figures, limit), failed);
    }
}
