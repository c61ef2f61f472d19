using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Definitions;

/// <summary>Counts what an operator wants to be woken for: changes that were not taken.</summary>
internal sealed class DefinitionMetrics(IMeterFactory meters)
{
    public const string Meter = "SessionGrains";
    public const string ReloadFailures = "sessiongrains.definitions.reload_failures";

    private readonly Counter<long> reloadFailures =
        meters.Create(Meter).CreateCounter<long>(ReloadFailures, "{change}", "Changes of definition or tool files that were not taken whole.");

    public void CountReloadFailure() => reloadFailures.Add(1);
}
