using SessionGrains.Chaos.Scenarios;
using SessionGrains.Chaos.Stages;
using Xunit;

namespace SessionGrains.Chaos;

/// <summary>The scenarios, on real processes: CHAOS=full for all of them, CHAOS=name for one, CHAOS_SEED=n for the same dice again.</summary>
public sealed class ScenarioTests(ScenarioTests.Theatre theatre) : IClassFixture<ScenarioTests.Theatre>
{
    public static TheoryData<string> Names => [.. Catalog.Selected.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_breaks_what_was_promised_holds(string scenario)
    {
        var chosen = Catalog.Selected.Single(one => one.Name == scenario);
        var verdict = await theatre.Play(chosen);
        if (chosen.MustBreak is { } promise)
        {
            Assert.Contains(verdict.Findings, one => one.Promise.Name == promise && one.Finding.Violations.Count > 0);
        }
        else
        {
            Assert.True(verdict.Broken is null, verdict.Broken);
        }
    }

    /// <summary>The stage that stands, for as long as scenarios want the same one.</summary>
    public sealed class Theatre : IAsyncLifetime
    {
        private readonly List<Verdict> verdicts = [];
        private Stage? stage;

        internal async Task<Verdict> Play(Scenario scenario)
        {
            if (stage is not null && stage.Topology != scenario.Topology)
            {
                await Strike();
            }

            stage ??= await Stage.Build(scenario.Topology, Catalog.All.SelectMany(one => one.Load.Recipes(one.Name)));
            try
            {
                var verdict = await new Runner(scenario, Catalog.Seed, Catalog.IsFull).Run(stage);
                verdicts.Add(verdict);
                TestContext.Current.SendDiagnosticMessage("{0}", verdict.Row);
                if (verdict.Broken is not null)
                {
                    TestContext.Current.SendDiagnosticMessage("Ledgers and logs: {0}", await stage.Keep($"{scenario.Name}-{verdict.Seed}"));
                    await Strike();
                }

                return verdict;
            }
            catch
            {
                // What a scenario left behind must not be the next one's trouble.
                await Strike();
                throw;
            }
        }

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            await Strike();
            await Console.Out.WriteLineAsync(string.Join('\n', ["", "| scenario | seed | | seen | took |", "| --- | --- | --- | --- | --- |", .. verdicts.Select(verdict => verdict.Row), ""]));
        }

        private async Task Strike()
        {
            if (stage is not null)
            {
                await stage.DisposeAsync();
                stage = null;
            }
        }
    }
}
