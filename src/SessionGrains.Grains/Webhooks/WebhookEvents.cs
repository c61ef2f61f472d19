using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Webhooks;

/// <summary>Tells from what is stored of a workflow which events endpoints hear of. Pure: asked again, it names the same ones.</summary>
internal static class WebhookEvents
{
    /// <summary>Those that the workflow's own timeline knows, in order.</summary>
    public static IEnumerable<WebhookEvent> Of(WorkflowState state, Limits limits)
    {
        foreach (var entry in state.Timeline)
        {
            var happened = entry.Kind switch
            {
                TimelineKinds.Started => new WebhookEvent(WebhookTypes.Started, null, entry.At, new()),
                TimelineKinds.Connected => new(WebhookTypes.Connected, entry.Detail, entry.At, new() { CallId = entry.Detail }),
                TimelineKinds.BudgetWarning => new(WebhookTypes.BudgetThreshold, null, entry.At, BudgetOf(state, limits)),
                TimelineKinds.Ended => new(WebhookTypes.Ended, null, entry.At, EndOf(state)),
                ToolCallAudit.Outcome => Of(state, entry),
                _ => null,
            };
            if (happened is not null)
            {
                yield return happened;
            }
        }
    }

    /// <summary>Those of a tool call as it stands; none while it runs.</summary>
    /// <param name="approval">Who had to agree; none where that is not known or nobody has to.</param>
    public static IEnumerable<WebhookEvent> Of(ToolCallView call, Approval approval)
    {
        var told = new WebhookToolCall(
            call.CallId.Value, call.Name, call.ArgumentsHash, call.Status, call.Source, call.CreatedAt.UtcDateTime, call.CompletedAt?.UtcDateTime);
        if (call.ApproveBy is { } until)
        {
            yield return new(WebhookTypes.ApprovalRequested, call.CallId.Value, call.CreatedAt, new()
            {
                ToolCall = told with { Status = ToolCallStatus.PendingApproval, CompletedAt = null },
                Approval = new(
                    approval switch { Approval.User => "user", Approval.Operator => "operator", _ => null },
                    until.UtcDateTime),
            });
        }

        if (call is { IsFinal: true, CompletedAt: { } at })
        {
            yield return new(WebhookTypes.ToolCallCompleted, call.CallId.Value, at, new() { ToolCall = told });
        }
    }

    /// <summary>All of those of an ended workflow, the end last.</summary>
    /// <param name="rows">Its tool calls; what has no outcome gets the honest one.</param>
    public static IReadOnlyList<WebhookEvent> AtEnd(WorkflowId id, WorkflowState ended, Limits limits, IEnumerable<ToolCallRow> rows) =>
    [
        .. Of(ended, limits)
            .Concat(rows.SelectMany(row => Of(ToolCallViews.Of(new(id, row.Call), ToolCallAudit.AtEnd(row.State, ended.EndedAt!.Value)), row.State.Approval)))
            .DistinctBy(happened => happened.Key)
            .OrderBy(happened => happened.Type is WebhookTypes.Ended)
            .ThenBy(happened => happened.At),
    ];

    /// <summary>A call that leaves no row: the timeline has its words.</summary>
    private static WebhookEvent? Of(WorkflowState state, TimelineEntry outcome)
    {
        if (outcome.Detail?.Split(' ') is not [var call, var name, var status])
        {
            return null;
        }

        var admitted = state.Timeline.FirstOrDefault(entry =>
            entry.Kind == ToolCallAudit.Admitted && entry.Detail?.StartsWith($"{call} ", StringComparison.Ordinal) is true);
        var words = admitted?.Detail?.Split(' ') ?? [];
        return new(WebhookTypes.ToolCallCompleted, call, outcome.At, new()
        {
            ToolCall = new(
                call,
                name,
                words is [_, _, _, var hash] ? hash : null,
                Enum.Parse<ToolCallStatus>(status),
                words is [_, _, var source, ..] ? Enum.Parse<ToolCallSource>(source) : null,
                admitted?.At.UtcDateTime,
                outcome.At.UtcDateTime),
        });
    }

    private static WebhookData BudgetOf(WorkflowState state, Limits limits) => new()
    {
        Budget = new(Budgets.Warning, Budgets.Used(state.Usage ?? Sideband.Consumption.None, limits), limits.MaxCostUsd, limits.MaxResponses),
        Usage = WorkflowViews.UsageOf(state.Usage ?? Sideband.Consumption.None, state.ToolCalls ?? 0),
    };

    private static WebhookData EndOf(WorkflowState state) => new()
    {
        End = new(state.EndReason, state.HangUp, state.EndedAt?.UtcDateTime),
        Usage = WorkflowViews.UsageOf(state.Usage ?? Sideband.Consumption.None, state.ToolCalls ?? 0),
    };
}
