namespace SessionGrains.Chaos.Loads;

/// <summary>Everybody starts and connects in the same moment, far more than are allowed; later they come once more.</summary>
/// <param name="PerUser">How many each user may have at once.</param>
internal sealed record Herd(Size Starts, int Users, int PerUser) : Load
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(12);

    public override IEnumerable<Recipe> Recipes(string scenario) => [new(scenario, (int)Life.TotalSeconds) { PerUser = PerUser }];

    public override async Task Work(Run run)
    {
        await Rush(run);
        await run.Faults;
        // While some of the first are about to end, so that places come back and are taken again.
        await Task.Delay(Life - TimeSpan.FromSeconds(2), TimeProvider.System);
        await Rush(run);
    }

    private async Task Rush(Run run)
    {
        var callers = Enumerable.Range(0, Users).Select(user => run.Caller($"u{user}")).ToList();
        await Task.WhenAll(Enumerable.Range(0, run.Of(Starts)).Select(async n =>
        {
            var tag = run.Tag();
            if (await callers[n % Users].Start(run.Scenario, tag) is { } started)
            {
                await callers[n % Users].Connect(started, tag);
            }
        }));
    }
}
