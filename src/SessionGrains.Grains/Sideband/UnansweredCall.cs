using System.Collections.Immutable;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Sideband;

/// <summary>A tool call that an earlier owner began.</summary>
internal sealed record UnansweredCall(ToolCallId CallId, string Name, string ArgumentsJson)
{
    // An answer that got lost with the owner before is given again; older ones have arrived.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(60);

    /// <summary>Those among the stored ones whose results the model may not have.</summary>
    /// <remarks>
    /// The results of one response go out together. So one that is there may have waited for any that was at work by then and still is, or was until a moment ago:
    /// left out, the model would be told that it has no result, and have its effect a second time. One that waits for approval is waited for by none.
    /// One that ends the workflow is never too old: the farewell that follows it was the owner's before.
    /// </remarks>
    public static ImmutableArray<UnansweredCall> Among(IReadOnlyList<ToolCallRow> rows, DateTimeOffset now)
    {
        var ours = rows.Where(row => row.State.Source is ToolCallSource.Sideband).ToList();
        var since = ours
            .Where(row => row.State.Stage is not ToolCallStage.PendingApproval && !(row.State.CompletedAt < now - OnItsWay))
            .Select(row => row.State.CreatedAt)
            .Append(now - OnItsWay)
            .Min();
        return [.. ours.Where(row => row.State.EndsWorkflow || !(row.State.CompletedAt < since)).Select(row => new UnansweredCall(row.Call, row.State.Name, row.State.Arguments))];
    }
}
