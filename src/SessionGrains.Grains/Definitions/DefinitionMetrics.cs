using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Definitions;

/// <summary>Counts what an operator wants to be woken for: changes that were not taken.</summary>
internal sealed class DefinitionMetrics
{
    public const string Meter = "SessionGrains";
    public const string ReloadFailures = "sessiongrains.definitions.reload_failures";

    private readonly Counter<long> reloadFailures;

    public DefinitionMetrics(IMeterFactory meters)
    {
        reloadFailures = meters.Create(Meter).CreateCounter<long>(ReloadFailures, "{change}", "Changes of definition or tool files that were not taken whole.");
        // An alarm on an increase does not see the one that a series begins with.
        reloadFailures.Add(0);
    }

    public void CountReloadFailure() => reloadFailures.Add(1);
}
