using System.Collections.Immutable;

namespace SessionGrains;

/// <summary>One thing that a page may want to know of its workflow. Ids rise, also when another silo takes over.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent")]
public abstract record WorkflowEvent
{
    private WorkflowEvent()
    {
    }

    /// <summary>Its place in the workflow's stream; exact in a JavaScript number.</summary>
    [Id(0)]
    public long Id { get; init; }

    /// <summary>Names the kind only: the rest may be somebody's words.</summary>
    public sealed override string ToString() => $"{GetType().Name} {Id}";

    /// <summary>The workflow changed; also the snapshot that a stream opens with.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.Updated")]
    public sealed record Updated([property: Id(0)] WorkflowView Workflow) : WorkflowEvent;

    /// <summary>One minute is left.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.Expiring")]
    public sealed record Expiring([property: Id(0)] WorkflowView Workflow) : WorkflowEvent;

    /// <summary>The workflow is over. Always the last one.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.Ended")]
    public sealed record Ended([property: Id(0)] WorkflowView Workflow) : WorkflowEvent;

    /// <summary>A tool call began, or has its outcome.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.ToolCallUpdated")]
    public sealed record ToolCallUpdated([property: Id(0)] ToolCallView Call) : WorkflowEvent;

    /// <summary>Somebody must agree before a tool runs.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.ApprovalRequested")]
    public sealed record ApprovalRequested([property: Id(0)] ToolCallView Call) : WorkflowEvent;

    /// <summary>More was used.</summary>
    /// <param name="BudgetUsed">The part of the budget that is used up, of whichever cap is nearest: 1 is all of it; null without a cap.</param>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.UsageUpdated")]
    public sealed record UsageUpdated([property: Id(0)] UsageView Usage, [property: Id(1)] double? BudgetUsed) : WorkflowEvent;

    /// <summary>A piece of what the <c>user</c> or the <c>assistant</c> says.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.TranscriptDelta")]
    public sealed record TranscriptDelta([property: Id(0)] string Role, [property: Id(1)] string ItemId, [property: Id(2)] string Text) : WorkflowEvent;

    /// <summary>All of what the <c>user</c> or the <c>assistant</c> said.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowEvent.TranscriptDone")]
    public sealed record TranscriptDone([property: Id(0)] string Role, [property: Id(1)] string ItemId, [property: Id(2)] string Text) : WorkflowEvent;
}

/// <summary>The events after a place in a stream; none when nothing happened for a while.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.EventPage")]
public sealed record EventPage([property: Id(0)] ImmutableArray<WorkflowEvent> Events);
