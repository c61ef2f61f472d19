namespace SessionGrains.Grains.Storage;

/// <summary>Who asks for a slot, for what, and the quotas that apply.</summary>
internal sealed record SlotRequest(
    string WorkflowId,
    string UserKey,
    string TenantKey,
    string Definition,
    int LivePerUser,
    int LivePerTenant,
    int StartsPerUserPerMinute,
    string? IdempotencyKeyHash,
    string? BodyHash,
    DateTimeOffset Now)
{
    /// <summary>Who asks, in the words of its issuer: what operators search and block by.</summary>
    public string? Subject { get; init; }

    /// <inheritdoc cref="Subject"/>
    public string? Tenant { get; init; }

    /// <summary>The tools that the definition grants, with a space on either side of each; null for none.</summary>
    public string? Tools { get; init; }
}

/// <summary>The answer to a <see cref="SlotRequest"/>. Only <see cref="Admitted"/> has written anything.</summary>
internal abstract record Reservation
{
    private Reservation()
    {
    }

    /// <summary>The workflow holds its slot.</summary>
    public sealed record Admitted : Reservation;

    /// <summary>The same request was admitted before, for this workflow.</summary>
    public sealed record Replay(string WorkflowId) : Reservation;

    /// <summary>An operator has blocked such starts for a while.</summary>
    public sealed record Blocked : Reservation;

    /// <summary>The idempotency key was used for another request.</summary>
    public sealed record KeyReused : Reservation;

    /// <summary>The user has as many live workflows of this definition as allowed: these, oldest first.</summary>
    public sealed record UserFull(IReadOnlyList<string> Holders) : Reservation;

    /// <summary>The tenant has as many live workflows of this definition as allowed.</summary>
    public sealed record TenantFull : Reservation;

    /// <summary>The user started as many workflows within a minute as allowed.</summary>
    public sealed record TooManyStarts(TimeSpan RetryAfter) : Reservation;
}
