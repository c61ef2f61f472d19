using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
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
    private const int Most = 32;

    // The results of one response go out together: one that is there waits for the slowest beside it, which leaves no row if it only reads.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds((double)ToolFields.Timeout.Maximum) + TimeSpan.FromMinutes(1);

    /// <summary>Those among the stored ones whose results the model may not have. To give a result again is harmless, and to have a tool asked for again is not.</summary>
    public static ImmutableArray<UnansweredCall> Among(IEnumerable<ToolCallRow> rows, DateTimeOffset now) =>
    [
        .. rows
            .Where(row => row.State.Source is ToolCallSource.Sideband && !(row.State.CompletedAt < now - LongestWait))
            .OrderByDescending(row => row.State.CompletedAt ?? now)
            .Take(Most)
            .Select(row => new UnansweredCall(row.Call, row.State.Name, row.State.Arguments)),
    ];
}
