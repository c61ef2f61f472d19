using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>A workflow as an operator sees it: whose it is, and what happened in it.</summary>
/// <param name="ReasonDetail">What was said when it was ended; null when nothing was.</param>
/// <param name="Trail">What happened, oldest first; empty in lists.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowRecord")]
public sealed record WorkflowRecord(
    [property: Id(0)] WorkflowView Workflow,
    [property: Id(1)] UserId Owner,
    [property: Id(2)] string? ReasonDetail,
    [property: Id(3)] ImmutableArray<TrailEntry> Trail)
{
    /// <summary>The silo that holds it, as the cluster's report names it; null once it has ended.</summary>
    [Id(4)]
    public string? Silo { get; init; }

    /// <summary>The tool calls that somebody must agree to, with their arguments; empty in lists.</summary>
    [Id(5)]
    public ImmutableArray<ToolCallView> Approvals { get; init; } = [];
}

/// <summary>One thing that happened in a workflow. The detail holds identifiers only.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.TrailEntry")]
public sealed record TrailEntry([property: Id(0)] DateTimeOffset At, [property: Id(1)] string Kind, [property: Id(2)] string? Detail);
