using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>Where a workflow is in its life. Ended is final.</summary>
[GenerateSerializer, Alias("SessionGrains.Phase")]
public enum Phase
{
    /// <summary>There is no such workflow, or none any more.</summary>
    None,
    Ready,
    Connecting,
    Active,
    Ending,
    Ended,
}

/// <summary>Who creates the call and what the browser's secret is. The definition chooses, never the browser.</summary>
[GenerateSerializer, Alias("SessionGrains.ConnectionMode")]
public enum ConnectionMode
{
    /// <summary>The browser gets OpenAI's own secret and creates the call itself; the policy is advisory.</summary>
    ClientSecret,

    /// <summary>We create the call; the browser has a data channel.</summary>
    Brokered,

    /// <summary>We create the call; the browser has audio and nothing else.</summary>
    Sealed,
}

/// <summary>Why a workflow ended. Every end has exactly one.</summary>
[GenerateSerializer, Alias("SessionGrains.EndReason")]
public enum EndReason
{
    Completed,
    UserEnded,
    NeverConnected,
    MaxDuration,
    Idle,
    HeartbeatLost,
    CallEnded,
    Revoked,
    Superseded,
    BudgetExhausted,
    PolicyViolation,
    ControlLost,
    Failed,
}

/// <summary>How the call of an ended workflow ended.</summary>
[GenerateSerializer, Alias("SessionGrains.HangUpResult")]
public enum HangUpResult
{
    /// <summary>No call was possible.</summary>
    NotNeeded,

    /// <summary>OpenAI did not know the call any more.</summary>
    AlreadyGone,

    /// <summary>OpenAI accepted the hang-up.</summary>
    Confirmed,

    /// <summary>Given up, or a call may exist that we never learned of.</summary>
    Unverified,
}

/// <summary>How firmly we hold a workflow's call.</summary>
[GenerateSerializer, Alias("SessionGrains.Control")]
public enum Control
{
    /// <summary>There is no call, or none that we know of.</summary>
    None,

    /// <summary>The call can be hung up, but we do not see into it.</summary>
    Degraded,

    /// <summary>The sideband is attached.</summary>
    Full,
}

/// <summary>How the browser connects. The URL is null where only the API knows its own public address.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ConnectionView")]
public sealed record ConnectionView(
    [property: Id(0)] ConnectionMode Mode, [property: Id(1)] string? Url, [property: Id(2)] string? CallId);

/// <summary>A tool as the browser may know it: no schema, no address.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolView")]
public sealed record ToolView(
    [property: Id(0)] string Name, [property: Id(1)] string Description, [property: Id(2)] bool RequiresApproval);

/// <summary>The part of the policy that the browser may see. Durations in seconds, money in US dollars.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.PolicyView")]
public sealed record PolicyView(
    [property: Id(0)] string Model,
    [property: Id(1)] string? Voice,
    [property: Id(2)] ImmutableArray<string> OutputModalities,
    [property: Id(3)] ImmutableArray<ToolView> Tools,
    [property: Id(4)] int MaxDurationSeconds,
    [property: Id(5)] int IdleTimeoutSeconds,
    [property: Id(6)] int MaxToolCalls,
    [property: Id(7)] decimal MaxCostUsd,
    [property: Id(8)] int HeartbeatSeconds);

/// <summary>What a workflow has used so far. Tokens as OpenAI counts them; <c>Estimated</c> when we did not see all.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.UsageView")]
public sealed record UsageView(
    [property: Id(0)] int Responses,
    [property: Id(1)] long InputTokens,
    [property: Id(2)] long OutputTokens,
    [property: Id(3)] long AudioInputTokens,
    [property: Id(4)] long AudioOutputTokens,
    [property: Id(5)] decimal CostUsd,
    [property: Id(6)] int ToolCalls,
    [property: Id(7)] bool Estimated)
{
    public static UsageView Nothing { get; } = new(0, 0, 0, 0, 0, 0, 0, false);
}

/// <summary>The outside picture of a workflow, for its owner. It holds no secret, no instructions and no tool schema.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowView")]
public sealed record WorkflowView(
    [property: Id(0)] WorkflowId Id,
    [property: Id(1)] string Definition,
    [property: Id(2)] string DefinitionVersion,
    [property: Id(3)] Phase Phase,
    [property: Id(4)] EndReason? EndReason,
    [property: Id(5)] HangUpResult? HangUp,
    [property: Id(6)] Control Control,
    [property: Id(7)] DateTimeOffset CreatedAt,
    [property: Id(8)] DateTimeOffset ExpiresAt,
    [property: Id(9)] DateTimeOffset? EndedAt,
    [property: Id(10)] ConnectionView Connection,
    [property: Id(11)] PolicyView Policy,
    [property: Id(12)] UsageView Usage,
    [property: Id(13)] ImmutableDictionary<string, string> Metadata);
