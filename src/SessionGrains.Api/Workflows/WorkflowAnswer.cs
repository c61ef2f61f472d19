using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SessionGrains.Api.Workflows;

/// <summary>A workflow as JSON. Its members are the HTTP contract's.</summary>
internal class WorkflowAnswer(WorkflowView view, ConnectUrl connectUrl)
{
    public string Id => view.Id.Value;

    public string Object { get; } = "workflow";

    public string Definition => view.Definition;

    public string DefinitionVersion => view.DefinitionVersion;

    public Phase Status => view.Phase;

    public EndReason? EndReason => view.EndReason;

    public HangUpResult? Hangup => view.HangUp;

    public Control Control => view.Control;

    public DateTime CreatedAt => view.CreatedAt.UtcDateTime;

    public DateTime ExpiresAt => view.ExpiresAt.UtcDateTime;

    public DateTime? EndedAt => view.EndedAt?.UtcDateTime;

    public ConnectionAnswer Connection => new(view.Connection.Mode, view.Connection.Url ?? connectUrl.Value, view.Connection.CallId);

    public PolicyView Policy => view.Policy;

    public UsageView Usage => view.Usage;

    public ImmutableDictionary<string, string> Metadata => view.Metadata;
}

/// <summary>A workflow with its fresh secret; null when the policy allows no more of them.</summary>
internal sealed class StartedWorkflowAnswer(StartedWorkflow started, ConnectUrl connectUrl)
    : WorkflowAnswer(started.Workflow, connectUrl)
{
    [JsonPropertyOrder(1)]
    public ClientSecretAnswer? ClientSecret =>
        started.Secret is { } secret ? new(secret.Value, secret.ExpiresAt.ToUnixTimeSeconds()) : null;
}

/// <summary>How the browser connects.</summary>
internal sealed record ConnectionAnswer(ConnectionMode Mode, string Url, string? CallId)
{
    public string Transport { get; } = "webrtc";
}

/// <summary>A client secret in OpenAI's own shape. It prints as <c>***</c>.</summary>
internal sealed record ClientSecretAnswer(string Value, long ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>One page of workflows.</summary>
internal sealed class WorkflowListAnswer(WorkflowPage page, ConnectUrl connectUrl)
{
    public string Object { get; } = "list";

    public IEnumerable<WorkflowAnswer> Data => page.Workflows.Select(view => new WorkflowAnswer(view, connectUrl));

    public bool HasMore => page.Next is not null;

    public string? Next => page.Next;
}
