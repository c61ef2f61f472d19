namespace SessionGrains;

/// <summary>Where a tool call is. Everything but <see cref="Running"/> and <see cref="PendingApproval"/> is final.</summary>
[GenerateSerializer, Alias("SessionGrains.ToolCallStatus")]
public enum ToolCallStatus
{
    Running,

    /// <summary>Somebody must agree first; nothing has run.</summary>
    PendingApproval,
    Completed,

    /// <summary>It certainly had no effect beyond what the tool itself says.</summary>
    Failed,

    /// <summary>Nobody agreed in time, or somebody said no; nothing has run.</summary>
    Denied,

    /// <summary>Its time was up before it could have had an effect.</summary>
    TimedOut,

    /// <summary>Nobody knows whether it had its effect; it is never retried silently.</summary>
    Unknown,
}

/// <summary>How a tool call reached us first.</summary>
[GenerateSerializer, Alias("SessionGrains.ToolCallSource")]
public enum ToolCallSource
{
    Sideband,

    /// <summary>The browser passed it on, in client secret mode.</summary>
    Relay,
}

/// <summary>Who must agree before a tool runs.</summary>
[GenerateSerializer, Alias("SessionGrains.ToolCallApprover")]
public enum ToolCallApprover
{
    /// <summary>Whose workflow it is.</summary>
    User,
    Operator,
}

/// <summary>The outside picture of one tool call. Of the arguments it holds the hash; whoever must agree sees them as well.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolCallView")]
public sealed record ToolCallView(
    [property: Id(0)] WorkflowId WorkflowId,
    [property: Id(1)] ToolCallId CallId,
    [property: Id(2)] string Name,
    [property: Id(3)] string ArgumentsHash,
    [property: Id(4)] ToolCallStatus Status,
    [property: Id(5)] string? Output,
    [property: Id(6)] string? Error,
    [property: Id(7)] DateTimeOffset CreatedAt,
    [property: Id(8)] DateTimeOffset? CompletedAt,
    [property: Id(9)] ToolCallSource Source)
{
    /// <summary>Until when somebody may agree; null where nobody has to.</summary>
    [Id(10)]
    public DateTimeOffset? ApproveBy { get; init; }

    /// <summary>What the tool is asked to do, as the model wrote it, for whoever must agree; null otherwise.</summary>
    [Id(11)]
    public string? Arguments { get; init; }

    /// <summary>Who must agree, or had to; null where nobody has to, and from a silo that does not say it yet.</summary>
    [Id(12)]
    public ToolCallApprover? Approver { get; init; }

    /// <summary>Whether nothing about it will change any more.</summary>
    public bool IsFinal => Status is not (ToolCallStatus.Running or ToolCallStatus.PendingApproval);

    /// <summary>The same for the workflow's owner: what an operator must agree to is shown to operators.</summary>
    public ToolCallView ForOwner() => Approver is ToolCallApprover.Operator ? this with { Arguments = null } : this;

    public override string ToString() => $"{WorkflowId}/{CallId} {Name} {Status}";
}
