using System.Collections.Immutable;

namespace SessionGrains.Grains.Webhooks;

/// <summary>One thing that happened in a workflow and that endpoints are told of.</summary>
/// <param name="Of">What it happened to, where it can happen to several of one workflow; no two events have the same type and subject.</param>
/// <param name="About">What is said beside the workflow itself. Identifiers, outcomes and numbers: no secret, prompt, argument or output.</param>
internal sealed record WebhookEvent(string Type, string? Of, DateTimeOffset At, WebhookData About)
{
    /// <summary>Names it within its workflow.</summary>
    public string Key => Of is null ? Type : $"{Type}:{Of}";
}

/// <summary>The <c>data</c> of a webhook; what an event does not speak of is null, and left out.</summary>
internal sealed record WebhookData
{
    public WebhookWorkflow? Workflow { get; init; }

    public string? CallId { get; init; }

    public WebhookToolCall? ToolCall { get; init; }

    public WebhookApproval? Approval { get; init; }

    public WebhookBudget? Budget { get; init; }

    public WebhookEnd? End { get; init; }

    public UsageView? Usage { get; init; }
}

/// <summary>The workflow, in every event.</summary>
internal sealed record WebhookWorkflow(
    string Id,
    string Definition,
    string DefinitionVersion,
    ConnectionMode Mode,
    WebhookOwner Owner,
    ImmutableDictionary<string, string> Metadata,
    DateTime CreatedAt,
    DateTime ExpiresAt);

/// <summary>Whose it is, as operators see it.</summary>
internal sealed record WebhookOwner(string Issuer, string? Tenant, string Subject);

/// <summary>A tool call: of its arguments the hash, and nothing of its output.</summary>
internal sealed record WebhookToolCall(
    string CallId, string Name, string? ArgumentsHash, ToolCallStatus Status, ToolCallSource? Source, DateTime? CreatedAt, DateTime? CompletedAt);

/// <summary>Who must agree, and until when.</summary>
internal sealed record WebhookApproval(string? By, DateTime? Until);

/// <summary>How much of the nearest cap is used.</summary>
internal sealed record WebhookBudget(double Threshold, double? Used, decimal MaxCostUsd, int MaxResponses);

/// <summary>Why it is over, and what became of its call.</summary>
internal sealed record WebhookEnd(EndReason? Reason, HangUpResult? Hangup, DateTime? EndedAt);
