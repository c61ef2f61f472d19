using System.Collections.Immutable;
using System.Diagnostics;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Workflows;

/// <summary>An authorized start that asks for its slot: how the workflow begins, and the quotas of its definition.</summary>
[GenerateSerializer, Immutable]
internal sealed record Admission(
    [property: Id(0)] WorkflowCommand.Begin Begin,
    [property: Id(1)] string? IdempotencyKeyHash,
    [property: Id(2)] int LivePerUser,
    [property: Id(3)] int LivePerTenant,
    [property: Id(4)] int StartsPerUserPerMinute,
    [property: Id(5)] bool Supersedes,
    [property: Id(6)] string? Tools)
{
    /// <summary>Found by the inner check of a reservation, and named to the user as the rule that stands against the start.</summary>
    public const string BlockedRule = "blocked";

    public const string BlockedSentence = "An operator has stopped such starts for a while.";

    public static Refusal KeyReused { get; } = new(RefusalCode.IdempotencyKeyReused, "This idempotency key was used with another request.");

    public static Refusal UserIsFull { get; } = Full("You have as many live workflows of this definition as it allows.");

    public static Refusal RefusalFor(Reservation reservation) => reservation switch
    {
        Reservation.KeyReused => KeyReused,
        Reservation.Blocked => new(RefusalCode.Forbidden, BlockedSentence) { Faults = [new(BlockedRule, BlockedSentence)] },
        Reservation.UserFull => UserIsFull,
        Reservation.TenantFull => Full("Your tenant has as many live workflows of this definition as it allows."),
        Reservation.TooManyStarts many => new(RefusalCode.RateLimited, "You started as many workflows within a minute as this definition allows.")
        {
            RetryAfter = many.RetryAfter,
        },
        _ => throw new UnreachableException($"No refusal is known for {reservation}."),
    };

    // When a live workflow ends nobody can say; a few seconds are a fair guess for a person who tries again.
    private static Refusal Full(string detail) => new(RefusalCode.QuotaExceeded, detail) { RetryAfter = TimeSpan.FromSeconds(10) };
}

/// <summary>What became of an admission.</summary>
[GenerateSerializer, Immutable]
internal abstract record Beginning
{
    private Beginning()
    {
    }

    /// <summary>The workflow exists now and has its slot.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Begun : Beginning;

    /// <summary>The same request began this workflow before.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Again([property: Id(0)] string WorkflowId) : Beginning;

    /// <summary>The user's slots are taken by these workflows, oldest first.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Full([property: Id(0)] ImmutableArray<string> Holders) : Beginning;

    /// <summary>The answer is no.</summary>
    [GenerateSerializer, Immutable]
    internal sealed record Refused([property: Id(0)] Refusal Refusal) : Beginning;
}
