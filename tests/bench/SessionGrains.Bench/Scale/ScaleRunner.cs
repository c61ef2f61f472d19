using Npgsql;
using SessionGrains.Bench.Checks;
using SessionGrains.Bench.Loads;
using SessionGrains.Bench.Measures;
using SessionGrains.Bench.Results;

namespace SessionGrains.Bench.Scale;

/// <summary>Measures our own product where there is much of something: live workflows, calls, expiries at once, silos.</summary>
internal sealed class ScaleRunner(ScalePlan plan, DatabaseServer server, Cores cores, Action<string> say)
{
    /// <param name="only">Part of the names of the parts to measure; all of them unless given.</param>
    public async Task<Tables> Run(string? only)
    {
        var ground = new Ground(plan, server, cores, say);
        IPart[] all = [new LiveWorkflows(ground), new Sidebands(ground), new Conversations(ground), new Expiry(ground), new Recovery(ground), new SiloCosts(ground), new StartTimes(ground)];
        var (results, failed) = (new List<(IPart, PartResult)>(), 0);
        foreach (var part in all.Where(one => only is null || one.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            try
            {
                say(part.Name);
                results.Add((part, await part.Measure()));
            }
            // An invalid operation is a host that ended. The other parts have their own.
            catch (Exception fault) when (fault is CheckFailedException or InvalidOperationException or WrongAnswerException or TimeoutException or HttpRequestException or NpgsqlException)
            {
                failed++;
                say($"{part.Name}: FAILED, and no figure of it counts: {fault.Message}");
            }
        }

        return new(ScaleTables.Of(results), failed);
    }
}

/// <summary>What every part of a run of scale is given.</summary>
internal sealed record Ground(ScalePlan Plan, DatabaseServer Server, Cores Cores, Action<string> Say);
