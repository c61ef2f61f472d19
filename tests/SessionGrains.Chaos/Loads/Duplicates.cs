using System.Text.Json.Nodes;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Loads;

/// <summary>Every request is sent many times in the same moment: starts with one key, tool calls with one id, ends.</summary>
internal sealed record Duplicates(Size Workflows, int Copies) : Load
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override IEnumerable<Recipe> Recipes(string scenario) => [new(scenario, 40, "client_secret")];

    public override async Task Work(Run run)
    {
        for (var workflow = 0; workflow < run.Of(Workflows); workflow++)
        {
            var tag = run.Tag();
            using var caller = run.Caller("ada");
            JsonNode? started = null;
            await Eventually.True(
                async () => (started = (await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => caller.Start(run.Scenario, tag, key: tag))))
                    .FirstOrDefault(one => one?["client_secret"] is not null)) is not null,
                Patience,
                () => "a start with a secret");
            var call = await PretendOpenAI.Call(started!);
            await Insist(() => caller.Report(started!, tag, call));
            await Task.WhenAll(Enumerable.Range(0, Copies).Select(n => Insist(() => caller.Relay(started!, tag, $"copy_{n % 2}", n % 2 is 0 ? "unkeyed_it" : "keyed_it", 7))));
            await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => Insist(() => caller.End(started!, tag))));
        }

        await run.Faults;
    }

    /// <summary>As a caller does who was told to try again, or got no answer.</summary>
    private static Task Insist(Func<Task<Oracle.Reply>> ask) => Eventually.True(
        async () => (await ask()).Status is not (0 or 202 or 429 or 503), Patience, () => "an answer");
}
