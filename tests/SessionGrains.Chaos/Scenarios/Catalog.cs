namespace SessionGrains.Chaos.Scenarios;

/// <summary>All scenarios, and which of them a run is asked for.</summary>
internal static class Catalog
{
    // What a run is asked for, between commas: nothing for the short set, "full", "controls", or names of scenarios; names with "full" are played in full size.
    private static readonly HashSet<string> Wanted =
        [.. (Environment.GetEnvironmentVariable("CHAOS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Those with the same topology one after the other, so that they share a stage.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
        [.. SiloScenarios.All.Concat(DatabaseScenarios.All).Concat(CallerScenarios.All).Concat(Controls.All).GroupBy(scenario => scenario.Topology).SelectMany(same => same)];

    public static bool IsFull => Wanted.Contains("full");

    public static IReadOnlyList<Scenario> Selected { get; } = [.. All.Where(IsWanted)];

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("CHAOS_SEED"), out var given) ? given : Random.Shared.Next(1_000_000);

    private static bool IsWanted(Scenario scenario)
    {
        var names = Wanted.Except(["full", "controls"]).ToList();
        return names.Count > 0 ? names.Contains(scenario.Name)
            : Wanted.Contains("controls") ? scenario.MustBreak is not null
            : IsFull || !scenario.IsForFull;
    }
}
