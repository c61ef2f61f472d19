using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What the audit trail keeps of tool calls when their rows are erased: identifiers and outcomes, no arguments and no outputs.</summary>
internal static class ToolCallAudit
{
    public const string Admitted = "tool_admitted";
    public const string Outcome = "tool_call";

    /// <summary>A call as it is filed when its workflow is over: what has no outcome gets the honest one.</summary>
    public static ToolCallState AtEnd(ToolCallState state, DateTimeOffset end) => state with
    {
        Stage = state.Stage switch
        {
            // Nobody will say any more what came of it.
            ToolCallStage.Started => ToolCallStage.Unknown,
            ToolCallStage.PendingApproval => ToolCallStage.Denied,
            var stage => stage,
        },
        CompletedAt = state.CompletedAt ?? end,
    };

    /// <summary>The events of the calls, in the order in which they happened. What has no outcome gets the honest one.</summary>
    /// <param name="after">The last number that is taken already.</param>
    public static IEnumerable<AuditEvent> Of(IEnumerable<ToolCallRow> rows, DateTimeOffset end, int after) => rows
        .SelectMany(row => Of(row.Call, row.State, end))
        .OrderBy(happened => happened.At)
        .Select((happened, index) => new AuditEvent(after + 1 + index, happened.At, happened.Kind, happened.Detail));

    private static IEnumerable<(DateTimeOffset At, string Kind, string Detail)> Of(ToolCallId call, ToolCallState state, DateTimeOffset end)
    {
        if (state.Approval is not Approval.None)
        {
            yield return (state.CreatedAt, "approval_requested", $"{call} {state.Name} {state.Approval}");
        }

        if (state.IsApproved is { } isApproved)
        {
            yield return (state.DecidedAt!.Value, isApproved ? "tool_approved" : "tool_denied", $"{call} {state.Name} {state.DecidedBy}");
        }

        if (state.StartedAt is { } startedAt)
        {
            yield return (startedAt, "tool_started", $"{call} {state.Name} {state.Source} {state.ArgumentsHash}");
        }

        var atEnd = AtEnd(state, end);
        yield return (atEnd.CompletedAt!.Value, Outcome, $"{call} {state.Name} {atEnd.Stage}");
    }
}
