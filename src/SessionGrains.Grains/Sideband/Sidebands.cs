namespace SessionGrains.Grains.Sideband;

/// <summary>Makes the owners of this silo's sidebands.</summary>
internal sealed class Sidebands(TimeProvider clock)
{
    public int Count => 0;

    public IReadOnlyCollection<WorkflowId> Workflows => [];

    /// <summary>Begins to hold a call. The secrets are those that its browser may have created it with, newest last, at the time of asking.</summary>
    public SidebandOwner Hold(CallPlan plan, Func<IReadOnlyList<string>> secrets)
    {
        _ = secrets;
        return new(plan, clock);
    }
}
