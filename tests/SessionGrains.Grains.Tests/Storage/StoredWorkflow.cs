namespace SessionGrains.Grains.Tests.Storage;

/// <summary>As much of a workflow's state as the workflow view reads, and something to tell two of them apart.</summary>
internal sealed record StoredWorkflow(StoredPhase Phase = StoredPhase.Ready, long? DueAt = null, string? CallId = null, string? Note = null)
{
    // Orleans makes an empty state where nothing is stored.
    public StoredWorkflow()
        : this(StoredPhase.Ready)
    {
    }
}

internal enum StoredPhase
{
    Ready,
    Active,
    Ending,
    Ended,
}
