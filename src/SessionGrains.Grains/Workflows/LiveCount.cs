namespace SessionGrains.Grains.Workflows;

/// <summary>Counts a live workflow once, for as long as its activation is in this silo's memory.</summary>
internal sealed class LiveCount(WorkflowMetrics metrics)
{
    private ConnectionMode? counted;

    /// <summary>What the activation holds now; <see cref="WorkflowState.None"/> when it goes.</summary>
    public void Take(WorkflowState state)
    {
        ConnectionMode? now = state.IsLive ? state.Mode : null;
        if (now == counted)
        {
            return;
        }

        if (counted is { } before)
        {
            metrics.Live(-1, before);
        }

        if (now is { } mode)
        {
            metrics.Live(1, mode);
        }

        counted = now;
    }
}
