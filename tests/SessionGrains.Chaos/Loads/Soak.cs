using SessionGrains.Chaos.Scenarios;

namespace SessionGrains.Chaos.Loads;

/// <summary>A long day: people come, stay and go, models ask for tools, and something breaks every minute.</summary>
/// <param name="Minutes">How long the day is.</param>
/// <param name="Faults">One of them every minute, by the dice.</param>
internal sealed record Soak(Size Minutes, params Fault[] Faults) : Load
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public double StaysPerSecond { get; init; } = 1;

    public double VisitsPerSecond { get; init; } = 1;

    public double ToolsPerSecond { get; init; } = 4;

    public override IEnumerable<Recipe> Recipes(string scenario) => [new($"{scenario}-long", 60), new($"{scenario}-brief", 15)];

    public override async Task Work(Run run)
    {
        using var over = new CancellationTokenSource();
        Task[] day =
        [
            Doings.Every(StaysPerSecond, () => Doings.ComeAndStay(run, $"{run.Scenario}-long"), over.Token),
            Doings.Every(VisitsPerSecond, () => Doings.ComeAndGo(run, $"{run.Scenario}-brief"), over.Token),
            Doings.Every(ToolsPerSecond, () => Doings.Talk(run), over.Token),
        ];
        await run.Look();
        for (var minute = 0; minute < run.Of(Minutes); minute++)
        {
            var next = Task.Delay(Minute, TimeProvider.System);
            await run.Disturb(Faults[run.Random.Next(Faults.Length)]);
            await next;
            await run.Look();
        }

        await over.CancelAsync();
        await Task.WhenAll(day);
    }
}
