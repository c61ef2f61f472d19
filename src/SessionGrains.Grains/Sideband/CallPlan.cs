using System.Collections.Immutable;
using System.Text.Json.Nodes;
using SessionGrains.Grains.Definitions;
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

    /// <summary>How often the workflow's calls have changed owners. Of two owners of one call the one of the later term holds it.</summary>
    public int Term { get; init; }

    /// <summary>Until when OpenAI's not knowing the call says nothing.</summary>
    public DateTimeOffset NewUntil { get; init; }
}
