namespace SessionGrains.Grains.Storage;

/// <summary>What is kept of a workflow after its end, with the trail of what happened in it.</summary>
internal sealed record FinalReport(
    string WorkflowId,
    string OwnerKey,
    string TenantKey,
    string Definition,
    string EndReason,
    DateTimeOffset CreatedAt,
    DateTimeOffset EndedAt,
    string Report,
    IReadOnlyList<AuditEvent> Events)
{
    /// <summary>Whose it was, in the words of its issuer: what operators search by.</summary>
    public string? Subject { get; init; }

    /// <inheritdoc cref="Subject"/>
    public string? Tenant { get; init; }

    /// <summary>What webhook endpoints are told, given the rows of its tool calls; null where there is no endpoint.</summary>
    public Func<IReadOnlyList<ToolCallRow>, IReadOnlyList<WebhookRow>>? Webhooks { get; init; }

    /// <summary>Whether the idempotency key of its start is free again: nothing came of the start, so a repeat must begin anew.</summary>
    public bool FreesItsKey { get; init; }
}

/// <summary>One thing that happened in a workflow; its number makes repeating its delivery harmless.</summary>
internal sealed record AuditEvent(int Seq, DateTimeOffset At, string Kind, string Detail);
