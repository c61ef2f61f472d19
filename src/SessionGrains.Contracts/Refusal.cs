using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SessionGrains;

/// <summary>Every way to say no. The API maps each to one status and one code.</summary>
[GenerateSerializer, Alias("SessionGrains.RefusalCode")]
public enum RefusalCode
{
    NotFound,
    DefinitionNotFound,
    Forbidden,
    InvalidInputs,
    IdempotencyKeyReused,
    InvalidClientSecret,
    ClientSecretUsed,
    CallTaken,
    WorkflowNotConnectable,
    WorkflowEnded,
    InvalidOffer,
    DataChannelNotAllowed,
    QuotaExceeded,
    RateLimited,
    ProviderRejected,
    ProviderUnavailable,
    ProviderRateLimited,
    StorageUnavailable,
    Draining,
    RelayNotAllowed,
    ToolNotAllowed,
    InvalidToolArguments,
    ToolCallConflict,
    ToolCallLimit,
}

/// <summary>An expected no, as a value: what, why in words for a person, and when to come back.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.Refusal")]
public sealed record Refusal(
    [property: Id(0)] RefusalCode Code,
    [property: Id(1)] string Detail)
{
    /// <summary>The rules or places that failed, one sentence each; empty when the detail says it all.</summary>
    [Id(2)]
    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>How long to wait before a repeat can succeed.</summary>
    [Id(3)]
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal NotFound { get; } = new(RefusalCode.NotFound, "There is no such workflow.");

    public static Refusal NoSuchToolCall { get; } = new(RefusalCode.NotFound, "There is no such tool call.");

    public static Refusal WorkflowEnded { get; } = new(RefusalCode.WorkflowEnded, "This workflow has ended.");

    public static Refusal RelayNotAllowed { get; } = new(RefusalCode.RelayNotAllowed, "Tool calls of this workflow reach the server by themselves.");
}

/// <summary>One failed rule (<c>allow.scopes</c>) or one wrong place (<c>$.customer</c>), with what would be right.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.Fault")]
public sealed record Fault([property: Id(0)] string Where, [property: Id(1)] string What);

/// <summary>A result or a refusal. Exceptions are for what is broken, not for a no.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.Outcome`1")]
public sealed record Outcome<T>([property: Id(0)] T? Value, [property: Id(1)] Refusal? Refusal)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsAccepted => Refusal is null;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}
