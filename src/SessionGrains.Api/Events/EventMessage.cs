using System.Diagnostics;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Events;

/// <summary>An event as it is sent: its id, the contract's name for it, and the object that becomes its data.</summary>
internal sealed record EventMessage(long Id, string Name, object Data)
{
    public static EventMessage Of(WorkflowEvent told, ConnectUrl connectUrl)
    {
        var (name, data) = NameAndData(told, connectUrl);
        return new(told.Id, name, data);
    }

    public override string ToString() => $"{Name} {Id}";

    private static (string Name, object Data) NameAndData(WorkflowEvent told, ConnectUrl connectUrl) => told switch
    {
        WorkflowEvent.Updated updated => ("workflow.updated", new WorkflowAnswer(updated.Workflow, connectUrl)),
        WorkflowEvent.Expiring expiring => ("workflow.expiring", new WorkflowAnswer(expiring.Workflow, connectUrl)),
        WorkflowEvent.Ended ended => ("workflow.ended", new WorkflowAnswer(ended.Workflow, connectUrl)),
        WorkflowEvent.ToolCallUpdated updated => ("tool_call.updated", new ToolCallDocument(updated.Call)),
        WorkflowEvent.ApprovalRequested requested => ("approval.requested", new ToolCallDocument(requested.Call)),
        WorkflowEvent.UsageUpdated used => ("usage.updated", new UsageDocument(used)),
        WorkflowEvent.TranscriptDelta delta => ("transcript.delta", new TranscriptDocument(delta.Role, delta.ItemId, delta.Text)),
        WorkflowEvent.TranscriptDone done => ("transcript.done", new TranscriptDocument(done.Role, done.ItemId, done.Text)),
        _ => throw new UnreachableException($"No message is known for the event {told.GetType().Name}."),
    };
}

/// <summary>What was used, and how much of the budget that is.</summary>
internal sealed class UsageDocument(WorkflowEvent.UsageUpdated used)
{
    private const double WarnFrom = 0.8;

    public int Responses => used.Usage.Responses;

    public long InputTokens => used.Usage.InputTokens;

    public long OutputTokens => used.Usage.OutputTokens;

    public long AudioInputTokens => used.Usage.AudioInputTokens;

    public long AudioOutputTokens => used.Usage.AudioOutputTokens;

    public decimal CostUsd => used.Usage.CostUsd;

    public int ToolCalls => used.Usage.ToolCalls;

    public bool Estimated => used.Usage.Estimated;

    /// <summary>From 0 to 1, also when the last response went beyond; null without a cap.</summary>
    public double? BudgetUsed => used.BudgetUsed is { } part ? Math.Clamp(part, 0, 1) : null;

    public bool BudgetWarning => used.BudgetUsed >= WarnFrom;
}

/// <summary>What somebody said, or a piece of it. It prints no word of that.</summary>
internal sealed record TranscriptDocument(string Role, string ItemId, string Text)
{
    public override string ToString() => $"{Role} {ItemId}";
}
