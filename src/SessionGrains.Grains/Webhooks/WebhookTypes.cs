using System.Collections.Immutable;

namespace SessionGrains.Grains.Webhooks;

/// <summary>What an endpoint can be told of.</summary>
internal static class WebhookTypes
{
    public const string Started = "workflow.started";
    public const string Connected = "workflow.connected";
    public const string Ended = "workflow.ended";
    public const string ToolCallCompleted = "tool_call.completed";
    public const string ApprovalRequested = "approval.requested";
    public const string BudgetThreshold = "budget.threshold";

    public static ImmutableArray<string> All { get; } = [Started, Connected, Ended, ToolCallCompleted, ApprovalRequested, BudgetThreshold];
}
