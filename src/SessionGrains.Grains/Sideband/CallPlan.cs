using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;

namespace SessionGrains.Grains.Sideband;

/// <summary>What the owner of a call's sideband has to know of its workflow.</summary>
/// <param name="Session">The policy's session as OpenAI names it, with its placeholders filled, without tools.</param>
/// <param name="Tools">The tools that the model may ask for.</param>
/// <param name="IsTakeover">The call was there before this owner: calls may be unanswered, and OpenAI not knowing it means that it is over.</param>
/// <param name="Unanswered">Calls of an earlier owner whose results the model may not have; each is answered, or answered again, which is harmless.</param>
internal sealed record CallPlan(
    WorkflowId Workflow,
    CallId Call,
    ConnectionMode Mode,
    JsonObject Session,
    ImmutableArray<ToolDeclaration> Tools,
    Guard Guard,
    bool Transcripts,
    bool IsTakeover,
    ImmutableArray<UnansweredCall> Unanswered)
{
    /// <summary>Known to every owner of the call and to nobody outside: the ids of our items follow from it.</summary>
    public required string Salt { get; init; }

    /// <summary>Until when OpenAI's not knowing the call says nothing.</summary>
    public DateTimeOffset NewUntil { get; init; }
}

/// <summary>A tool call that an earlier owner began.</summary>
internal sealed record UnansweredCall(ToolCallId CallId, string Name, string ArgumentsJson)
{
    // An answer that got lost with the owner before is given again; older ones have arrived.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(60);

    /// <summary>Those among the stored ones whose results the model may not have.</summary>
    /// <remarks>
    /// The results of one response go out together. So one that is there may have waited for any that was at work by then and still is, or was until a moment ago:
    /// left out, the model would be told that it has no result, and have its effect a second time. One that waits for approval is waited for by none.
    /// </remarks>
    public static ImmutableArray<UnansweredCall> Among(IReadOnlyList<ToolCallRow> rows, DateTimeOffset now)
    {
        var ours = rows.Where(row => row.State.Source is ToolCallSource.Sideband).ToList();
        var since = ours
            .Where(row => row.State.Stage is not ToolCallStage.PendingApproval && !(row.State.CompletedAt < now - OnItsWay))
            .Select(row => row.State.CreatedAt)
            .Append(now - OnItsWay)
            .Min();
        return [.. ours.Where(row => !(row.State.CompletedAt < since)).Select(row => new UnansweredCall(row.Call, row.State.Name, row.State.Arguments))];
    }
}
