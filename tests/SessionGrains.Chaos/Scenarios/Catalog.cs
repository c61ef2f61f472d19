namespace SessionGrains.Chaos.Scenarios;

/// <summary>All scenarios, and which of them a run is asked for.</summary>
internal static class Catalog
{
    // What a run is asked for: nothing for the short set, "full", "controls", or names of scenarios between commas.
    private static readonly string Wanted = Environment.GetEnvironmentVariable("CHAOS") ?? "";

    /// <summary>Those with the same topology one after the other, so that they share a stage.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
        [.. SiloScenarios.All.Concat(DatabaseScenarios.All).Concat(CallerScenarios.All).Concat(Controls.All).GroupBy(scenario => scenario.Topology).SelectMany(same => same)];

    public static bool IsFull => Wanted is "full";

    public static IReadOnlyList<Scenario> Selected { get; } =
    [
        .. All.Where(scenario => Wanted switch
        {
            "" => scenario is { IsForFull: false },
            "full" => true,
            "controls" => scenario.MustBreak is not null,
            _ => Wanted.Split(',').Contains(scenario.Name),
        }),
    ];

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("CHAOS_SEED"), out var given) ? given : Random.Shared.Next(1_000_000);
}
