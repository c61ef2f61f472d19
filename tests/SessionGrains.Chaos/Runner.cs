using Npgsql;
using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Chaos.Scenarios;
using SessionGrains.Chaos.Stages;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos;

/// <summary>Runs a scenario on a stage and judges what happened.</summary>
internal sealed class Runner(Scenario scenario, int seed, bool isFull)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // An HTTP connection that is not used stays open for a minute, one to the database for less.
    private static readonly TimeSpan IdleIsClosed = TimeSpan.FromSeconds(75);

    private readonly List<Trouble> troubles = [];

    public async Task<Verdict> Run(Stage stage)
    {
        var disturber = new Disturber(stage, new Random(seed));
        var run = new Run(stage, scenario.Name, seed, isFull, async fault => Note(await disturber.Do(fault)));
        var begun = TimeProvider.System.GetTimestamp();
        await scenario.Load.Prepare(run);
        run.Faults = Disturb(run, TimeProvider.System.GetTimestamp());
        await scenario.Load.Work(run);
        await run.Faults;
        await stage.Heal();
        await Settle(stage, run);
        run.Leave();
        if (run.Footprints.Count > 0)
        {
            await Task.Delay(IdleIsClosed, TimeProvider.System);
            await run.Look();
        }

        var history = await Collect(stage, run);
        var promises = scenario.Holds.Concat(Scenario.Always).DistinctBy(promise => promise.Name);
        return new(scenario, seed, [.. promises.Select(promise => (promise, promise.Judge(history)))], TimeProvider.System.GetElapsedTime(begun));
    }

    /// <summary>Each fault at its moment, by the dice; one does not wait for the other to be mended.</summary>
    private async Task Disturb(Run run, long begun)
    {
        var moments = scenario.Faults.Select(step => (At: step.From + ((step.To - step.From) * run.Random.NextDouble()), step.Fault)).ToList();
        await Task.WhenAll(moments.Select(async moment =>
        {
            var left = TimeSpan.FromSeconds(moment.At) - TimeProvider.System.GetElapsedTime(begun);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System);
            await run.Disturb(moment.Fault);
        }));
    }

    /// <summary>Waits until nothing lives any more; if something stays, the oracle will say so.</summary>
    private async Task Settle(Stage stage, Run run)
    {
        try
        {
            await Eventually.True(async () => await Look() is { Violations.Count: 0 }, Patience, () => "the end of everything");
        }
        catch (TimeoutException)
        {
        }

        async Task<Finding?> Look()
        {
            try
            {
                return RecordPromises.EverythingEnds.Judge(await Collect(stage, run));
            }
            // A database that has just been mended may still be on its way.
            catch (NpgsqlException)
            {
                return null;
            }
        }
    }

    private async Task<History> Collect(Stage stage, Run run)
    {
        var (provider, records) = (await ProviderLedger.Read(stage.ProviderLedgerFile, run.Prefix), await Records.Read(stage.Database, run.Prefix));
        var tools = await ToolLedger.Read(stage.ToolLedgerFile, records.Stored.Select(one => one.Workflow).ToHashSet());
        lock (troubles)
        {
            return provider with
            {
                Stored = records.Stored,
                SlotsTaken = records.SlotsTaken,
                ToolRequests = tools.ToolRequests,
                ToolEffects = tools.ToolEffects,
                Replies = run.Replies,
                Troubles = [.. troubles],
                Footprints = run.Footprints,
                Skew = TimeSpan.FromSeconds(Math.Abs(stage.Topology.Skew)),
            };
        }
    }

    private void Note(Trouble trouble)
    {
        lock (troubles)
        {
            troubles.Add(trouble);
        }
    }
}

/// <summary>What a run came to.</summary>
internal sealed record Verdict(Scenario Scenario, int Seed, IReadOnlyList<(Promise Promise, Finding Finding)> Findings, TimeSpan Took)
{
    private const int ViolationsShown = 5;

    /// <summary>What was broken, with how to see it again.</summary>
    public string? Broken => Findings.All(IsKept) ? null :
        $"{Scenario.Name}, seed {Seed}; again with CHAOS={Scenario.Name} CHAOS_SEED={Seed}\n"
        + string.Join("\n", Findings.Where(one => !IsKept(one)).Select(one =>
            $"  {one.Promise.Name}: {(one.Finding.Cases is 0 ? "nothing put it to the test" : $"{one.Finding.Violations.Count} of {one.Finding.Cases} cases")} {string.Concat(one.Finding.Violations.Take(ViolationsShown).Select(violation => $"\n    {violation}"))}"));

    /// <summary>A row of the result table.</summary>
    public string Row =>
        $"| {Scenario.Name} | {Seed} | {(Broken is null ? "held" : "**broken**")} | {string.Join("; ", Findings.Where(one => one.Finding.Figure is not "").Select(one => one.Finding.Figure))} | {Took.TotalSeconds:0} s |";

    /// <summary>What a scenario is about it must also have put to the test.</summary>
    private bool IsKept((Promise Promise, Finding Finding) one) =>
        one.Finding.IsKept || (one.Finding.Violations.Count is 0 && !Scenario.Holds.Contains(one.Promise));
}
