using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>One page of a list.</summary>
internal sealed record ListAnswer<T>(IEnumerable<T> Data, string? Next)
{
    public string Object { get; } = "list";

    public bool HasMore => Next is not null;

    /// <summary>The ids of what belongs on this page and does not answer now; only where there is such a thing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Silent { get; init; }
}

/// <summary>A workflow with its owner and its silo, as it stands in an operators' list.</summary>
internal class ListedWorkflowAnswer(WorkflowRecord record, ConnectUrl connectUrl) : WorkflowAnswer(record.Workflow, connectUrl)
{
    protected WorkflowRecord Record => record;

    [JsonPropertyOrder(1)]
    public OwnerAnswer Owner => new(record.Owner.Issuer, record.Owner.Tenant, record.Owner.Subject);

    [JsonPropertyOrder(2)]
    public string? Silo => record.Silo;
}

/// <summary>What became of a revocation.</summary>
internal sealed record RevocationAnswer(string Id, int Matched, int Revoked, int Failed, bool IsComplete, DateTime? BlockedUntil)
{
    public RevocationAnswer(RevocationCounts counts)
        : this(counts.Id, counts.Matched, counts.Revoked, counts.Failed, counts.IsComplete, counts.BlockedUntil?.UtcDateTime)
    {
    }

    public string Object { get; } = "revocation";
}

/// <summary>What may not start, and until when.</summary>
internal sealed record BlockAnswer(string? Owner, string? Tenant, string? Definition, string? Tool, DateTime Until)
{
    public BlockAnswer(StartBlock block)
        : this(block.Target.Owner, block.Target.Tenant, block.Target.Definition, block.Target.Tool, block.Until.UtcDateTime)
    {
    }
}

/// <summary>A loaded definition. Its text is the operator's own: it holds the instructions.</summary>
internal sealed record DefinitionAnswer(string Name, string Version, ConnectionMode Mode, string Model, ImmutableArray<string> Tools, JsonElement Definition)
{
    public DefinitionAnswer(DefinitionSummary summary)
        : this(summary.Name, summary.Version, summary.Mode, summary.Model, summary.Tools, JsonElement.Parse(summary.Text))
    {
    }
}

/// <summary>What would become of a start.</summary>
internal sealed record EvaluationAnswer(
    bool Allowed, IEnumerable<VerdictAnswer> Rules, string Definition, string DefinitionVersion, IEnumerable<ChangeAnswer> Changes, int LiveWorkflows)
{
    public EvaluationAnswer(Evaluation evaluation)
        : this(
            evaluation.IsAllowed,
            evaluation.Rules.Select(rule => new VerdictAnswer(rule.Rule, rule.IsPassed, rule.Sentence)),
            evaluation.Definition,
            evaluation.Version,
            evaluation.Changes.Select(change => new ChangeAnswer(change.Path, change.Before, change.After)),
            evaluation.Live)
    {
    }

    public string Object { get; } = "evaluation";
}

/// <summary>What one rule says.</summary>
internal sealed record VerdictAnswer(string Rule, bool Passed, string Detail);

/// <summary>What an edited definition would change; JSON as text, null where it is missing.</summary>
internal sealed record ChangeAnswer(string Path, string? Before, string? After);

/// <summary>One audit event.</summary>
internal sealed record AuditAnswer(
    string Trail, int Seq, DateTime At, string Kind, string? Detail, string? Owner, string? Tenant, string? Definition, string Hash)
{
    public AuditAnswer(AuditEntry entry)
        : this(entry.Trail, entry.Seq, entry.At.UtcDateTime, entry.Kind, entry.Detail, entry.Owner, entry.Tenant, entry.Definition, entry.Hash)
    {
    }
}

/// <summary>A silo; what it did not tell is null.</summary>
internal sealed record SiloAnswer(
    string Name, string Host, string Status, DateTime StartedAt, int? Activations, int? LiveWorkflows, int? Sidebands)
{
    public SiloAnswer(SiloSummary silo)
        : this(silo.Name, silo.Host, silo.Status, silo.StartedAt.UtcDateTime, silo.Activations, silo.Workflows, silo.Sidebands)
    {
    }
}

/// <summary>How far the delivery of a webhook is; its words stay with whoever gets them.</summary>
internal sealed record WebhookDeliveryAnswer(
    string Id,
    string Endpoint,
    string WorkflowId,
    string Type,
    DateTime CreatedAt,
    WebhookStatus Status,
    int Attempts,
    DateTime? NextAttemptAt,
    DateTime? SettledAt,
    int? AnswerStatus,
    string? Error)
{
    public WebhookDeliveryAnswer(WebhookDelivery delivery)
        : this(
            delivery.Id,
            delivery.Endpoint,
            delivery.Workflow,
            delivery.Type,
            delivery.At.UtcDateTime,
            delivery.Status,
            delivery.Attempts,
            delivery.NextAttemptAt?.UtcDateTime,
            delivery.SettledAt?.UtcDateTime,
            delivery.AnswerStatus,
            delivery.Error)
    {
    }

    public string Object { get; } = "webhook_delivery";
}
