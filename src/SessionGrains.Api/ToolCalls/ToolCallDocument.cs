using System.Text.Json.Serialization;

namespace SessionGrains.Api.ToolCalls;

/// <summary>A tool call as JSON. Its members are the HTTP contract's.</summary>
internal sealed class ToolCallDocument(ToolCallView view)
{
    public string Object { get; } = "tool_call";

    public string WorkflowId => view.WorkflowId.Value;

    public string CallId => view.CallId.Value;

    public string Name => view.Name;

    public string ArgumentsHash => view.ArgumentsHash;

    public ToolCallStatus Status => view.Status;

    public string? Output => view.Output;

    public string? Error => view.Error;

    public DateTime CreatedAt => view.CreatedAt.UtcDateTime;

    public DateTime? CompletedAt => view.CompletedAt?.UtcDateTime;

    public ToolCallSource Source => view.Source;

    /// <summary>Only while somebody may still agree.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? ApproveBy => view.Status is ToolCallStatus.PendingApproval ? view.ApproveBy?.UtcDateTime : null;

    /// <summary>Only while somebody may still agree: who.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ToolCallApprover? Approver => view.Status is ToolCallStatus.PendingApproval ? view.Approver : null;

    /// <summary>Only while somebody may still agree, who must see to what.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments => view.Status is ToolCallStatus.PendingApproval ? view.Arguments : null;
}
