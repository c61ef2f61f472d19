namespace SessionGrains.Grains.Definitions;

/// <summary>How long a workflow may wait, be silent and last, and how much it may use.</summary>
internal sealed record Limits
{
    public required TimeSpan SecretTtl { get; init; }
    public required int MaxSecrets { get; init; }

    /// <summary>A call must exist within it, else the workflow has never connected.</summary>
    public required TimeSpan Attach { get; init; }

    public required TimeSpan MaxDuration { get; init; }
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How often the page says that it is there; zero asks for none.</summary>
    public required TimeSpan Heartbeat { get; init; }

    public required TimeSpan HeartbeatGrace { get; init; }
    public required TimeSpan ControlLost { get; init; }
    public required int MaxToolCalls { get; init; }
    public required int MaxConcurrentToolCalls { get; init; }

    /// <summary>In US dollars; zero is no cap.</summary>
    public required decimal MaxCostUsd { get; init; }

    public required int MaxResponses { get; init; }
}
