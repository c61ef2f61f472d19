using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>Which workflows an operator asks for; what is null is not asked about.</summary>
/// <param name="IsLive">True for those that have not ended, false for those that have.</param>
/// <param name="Phase">Exactly one phase; it goes before <paramref name="IsLive"/>.</param>
/// <param name="Owner">A subject, in the words of its issuer.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowFilter")]
public sealed record WorkflowFilter(
    [property: Id(0)] bool? IsLive,
    [property: Id(1)] Phase? Phase,
    [property: Id(2)] string? Owner,
    [property: Id(3)] string? Tenant,
    [property: Id(4)] string? Definition);

/// <summary>One page of anybody's workflows, and where the next one begins; null when this is the last.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.RecordPage")]
public sealed record RecordPage([property: Id(0)] ImmutableArray<WorkflowRecord> Workflows, [property: Id(1)] string? Next)
{
    /// <summary>The ids of those on this page that do not answer now, as while their silo is frozen; null from a silo that does not say it yet.</summary>
    [Id(2)]
    public ImmutableArray<string>? Silent { get; init; }
}

/// <summary>What a revocation is aimed at: exactly one of these, but that a tenant may narrow an owner.</summary>
/// <param name="Tool">A tool that the workflow's definition grants.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.RevocationTarget")]
public sealed record RevocationTarget(
    [property: Id(0)] string? Owner, [property: Id(1)] string? Tenant, [property: Id(2)] string? Definition, [property: Id(3)] string? Tool);

/// <summary>An operator's order to end many workflows.</summary>
/// <param name="BlockFor">For how long such starts are refused; zero for not at all.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.Revocation")]
public sealed record Revocation(
    [property: Id(0)] UserId By, [property: Id(1)] RevocationTarget Target, [property: Id(2)] TimeSpan BlockFor, [property: Id(3)] string? ReasonDetail);

/// <summary>What became of a revocation.</summary>
/// <param name="Id">Names it in the audit trail.</param>
/// <param name="Matched">How many live workflows matched.</param>
/// <param name="Revoked">How many of them are ending or have ended now.</param>
/// <param name="Failed">How many could not be reached; a repeat finds them again.</param>
/// <param name="IsComplete">False when the time for one answer was over before every match was reached: a repeat goes on.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.RevocationCounts")]
public sealed record RevocationCounts(
    [property: Id(0)] string Id,
    [property: Id(1)] int Matched,
    [property: Id(2)] int Revoked,
    [property: Id(3)] int Failed,
    [property: Id(4)] bool IsComplete,
    [property: Id(5)] DateTimeOffset? BlockedUntil);

/// <summary>What may not start, and until when.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.StartBlock")]
public sealed record StartBlock([property: Id(0)] RevocationTarget Target, [property: Id(1)] DateTimeOffset Until);

/// <summary>A definition as operators know it.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.DefinitionSummary")]
public sealed record DefinitionSummary(
    [property: Id(0)] string Name,
    [property: Id(1)] string Version,
    [property: Id(2)] ConnectionMode Mode,
    [property: Id(3)] string Model,
    [property: Id(4)] ImmutableArray<string> Tools,
    [property: Id(5)] string Text);

/// <summary>A start to try: as whom, with which inputs, and perhaps against an edited definition.</summary>
/// <param name="Text">The edited definition's JSON; null for the one that is loaded.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.EvaluationRequest")]
public sealed record EvaluationRequest(
    [property: Id(0)] Caller As, [property: Id(1)] string InputsJson, [property: Id(2)] string? Text);

/// <summary>What would become of a start, rule by rule.</summary>
/// <param name="Changes">What an edited definition would change against the loaded one; empty where none was given.</param>
/// <param name="Live">How many live workflows were started from a definition of this name. They keep their version.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.Evaluation")]
public sealed record Evaluation(
    [property: Id(0)] bool IsAllowed,
    [property: Id(1)] ImmutableArray<EvaluatedRule> Rules,
    [property: Id(2)] string Definition,
    [property: Id(3)] string Version,
    [property: Id(4)] ImmutableArray<DefinitionChange> Changes,
    [property: Id(5)] int Live);

/// <summary>What one rule says of a start.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.EvaluatedRule")]
public sealed record EvaluatedRule([property: Id(0)] string Rule, [property: Id(1)] bool IsPassed, [property: Id(2)] string Sentence);

/// <summary>A place in a definition that differs, as JSON; null where it is missing.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.DefinitionChange")]
public sealed record DefinitionChange([property: Id(0)] string Path, [property: Id(1)] string? Before, [property: Id(2)] string? After);

/// <summary>Which audit events are asked for; what is null is not asked about.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.AuditQuestion")]
public sealed record AuditQuestion(
    [property: Id(0)] string? Workflow, [property: Id(1)] string? Owner, [property: Id(2)] string? Tenant, [property: Id(3)] string? Definition);

/// <summary>One page of audit events, and where the next one begins; null when this is the last.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.AuditPage")]
public sealed record AuditPage([property: Id(0)] ImmutableArray<AuditEntry> Events, [property: Id(1)] string? Next);

/// <summary>One audit event with whose it is.</summary>
/// <param name="Trail">The workflow's id, or that of an operator's action.</param>
/// <param name="Hash">Covers this event and every one before it in its trail.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.AuditEntry")]
public sealed record AuditEntry(
    [property: Id(0)] string Trail,
    [property: Id(1)] int Seq,
    [property: Id(2)] DateTimeOffset At,
    [property: Id(3)] string Kind,
    [property: Id(4)] string? Detail,
    [property: Id(5)] string? Owner,
    [property: Id(6)] string? Tenant,
    [property: Id(7)] string? Definition,
    [property: Id(8)] string Hash);

/// <summary>A silo as operators see it.</summary>
/// <param name="Name">Its address, which no other silo has ever had.</param>
/// <param name="Status">As the cluster knows it: <c>joining</c>, <c>active</c>, <c>draining</c>, <c>stopping</c>, or <c>silent</c> when it does not answer.</param>
/// <param name="Activations">Grains that it holds in memory; null when it does not answer.</param>
/// <param name="Workflows">Workflows among them.</param>
/// <param name="Sidebands">Calls that it holds.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.SiloSummary")]
public sealed record SiloSummary(
    [property: Id(0)] string Name,
    [property: Id(1)] string Host,
    [property: Id(2)] string Status,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] int? Activations,
    [property: Id(5)] int? Workflows,
    [property: Id(6)] int? Sidebands);

/// <summary>How far the delivery of a webhook is.</summary>
[GenerateSerializer, Alias("SessionGrains.WebhookStatus")]
public enum WebhookStatus
{
    /// <summary>It is still to arrive.</summary>
    Pending,
    Delivered,

    /// <summary>It is not tried any more; those after it go on.</summary>
    GivenUp,
}

/// <summary>Which webhooks are asked for; what is null is not asked about.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.WebhookQuestion")]
public sealed record WebhookQuestion(
    [property: Id(0)] WebhookStatus? Status, [property: Id(1)] string? Endpoint, [property: Id(2)] string? Workflow);

/// <summary>One page of webhooks, and where the next one begins; null when this is the last.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.WebhookPage")]
public sealed record WebhookPage([property: Id(0)] ImmutableArray<WebhookDelivery> Deliveries, [property: Id(1)] string? Next);

/// <summary>One webhook for one endpoint, without its words.</summary>
/// <param name="Id">What the receiver sees as <c>webhook-id</c>, on every attempt.</param>
/// <param name="At">When it happened.</param>
/// <param name="Attempts">Those since it was last asked for.</param>
/// <param name="NextAttemptAt">Null when there is none to come.</param>
/// <param name="AnswerStatus">The HTTP status of the last answer; null when none came.</param>
/// <param name="Error">Why the last attempt failed; null when none did.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.WebhookDelivery")]
public sealed record WebhookDelivery(
    [property: Id(0)] string Id,
    [property: Id(1)] string Endpoint,
    [property: Id(2)] string Workflow,
    [property: Id(3)] string Type,
    [property: Id(4)] DateTimeOffset At,
    [property: Id(5)] WebhookStatus Status,
    [property: Id(6)] int Attempts,
    [property: Id(7)] DateTimeOffset? NextAttemptAt,
    [property: Id(8)] DateTimeOffset? SettledAt,
    [property: Id(9)] int? AnswerStatus,
    [property: Id(10)] string? Error);
