using System.Text.Json.Serialization;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Tools;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>All that is stored of a tool call, from the moment before it may have an effect until its workflow is torn down.</summary>
/// <remarks>A member may be added; a name or a meaning never changes, since calls outlive upgrades.</remarks>
internal sealed record ToolCallState : StoredRecord
{
    public static ToolCallState None { get; } = new();

    public int Schema { get; init; } = 1;

    public ToolCallStage Stage { get; init; }

    public string Name { get; init; } = "";

    /// <summary>Hash of the canonical arguments: the same call comes with the same ones.</summary>
    public string ArgumentsHash { get; init; } = "";

    /// <summary>The arguments as the model wrote them, for a run after an approval or a crash.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>What running it twice would do, as it was declared when the call began.</summary>
    public ToolEffect Effect { get; init; }

    public Approval Approval { get; init; }

    public ToolCallSource Source { get; init; }

    /// <summary>Whose workflow it belongs to.</summary>
    public UserId? Owner { get; init; }

    /// <summary>When the workflow ends at the latest: nobody waits for a result after it.</summary>
    public DateTimeOffset Until { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when somebody may agree; null where nobody has to.</summary>
    public DateTimeOffset? ApproveBy { get; init; }

    /// <summary>What was decided; null while nobody has.</summary>
    public bool? IsApproved { get; init; }

    /// <summary>Who decided: the user whose workflow it is, or an operator by name; from before, a hash.</summary>
    public string? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>The activation that may have run the tool. Any other one that finds it knows that this one died.</summary>
    public string? Activation { get; init; }

    /// <summary>When it was written that the tool is about to be run.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Until when a lost run may be repeated, where the effect allows it.</summary>
    public DateTimeOffset? RepeatBy { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>What the tool answered; null unless it completed.</summary>
    public string? Output { get; init; }

    /// <summary>What went wrong, in words that may be told to the model.</summary>
    public string? Error { get; init; }

    /// <summary>Whether this success completes the workflow.</summary>
    public bool EndsWorkflow { get; init; }

    /// <summary>Whether it is written down at all: reading has no effect, so nobody needs to know that it began.</summary>
    [JsonIgnore]
    public bool LeavesRow => LeavesRowFor(Effect, Approval);

    [JsonIgnore]
    public bool IsFinal => Stage is not (ToolCallStage.None or ToolCallStage.PendingApproval or ToolCallStage.Started);

    /// <summary>Names the call's tool and stage and keeps its words to itself.</summary>
    public override string ToString() => $"{Name} {Stage}";

    public static bool LeavesRowFor(ToolEffect effect, Approval approval) => effect is not ToolEffect.Read || approval is not Approval.None;
}

/// <summary>Where a tool call is. What follows <see cref="Started"/> is final: the first outcome stays.</summary>
internal enum ToolCallStage
{
    None,
    PendingApproval,

    /// <summary>From here on the tool may have been run.</summary>
    Started,
    Completed,
    Failed,
    Denied,
    TimedOut,
    Unknown,
}
