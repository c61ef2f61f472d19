using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Workflows;

/// <summary>Everything that a workflow writes to the log. Identifiers only: no secret, no prompt, no claim, no SDP.</summary>
internal static partial class WorkflowLog
{
    [LoggerMessage(100, LogLevel.Information, "Workflow {Workflow}: {Command} moved it from {From} to {To}")]
    public static partial void WorkflowMoved(this ILogger logger, WorkflowId workflow, string command, Phase from, Phase to);

    [LoggerMessage(101, LogLevel.Information, "Workflow {Workflow} ended: {Reason}, hang-up {HangUp}")]
    public static partial void WorkflowEnded(this ILogger logger, WorkflowId workflow, EndReason? reason, HangUpResult? hangUp);

    [LoggerMessage(102, LogLevel.Information, "A start of {Definition} was refused: {Code} {Rules}")]
    public static partial void StartRefused(this ILogger logger, string definition, RefusalCode code, string rules);

    [LoggerMessage(103, LogLevel.Warning, "Workflow {Workflow}: hanging up {Call} failed ({Detail}), next try in {Delay}")]
    public static partial void HangUpFailed(this ILogger logger, WorkflowId workflow, string call, string detail, TimeSpan delay);

    [LoggerMessage(104, LogLevel.Error, "Workflow {Workflow}: hanging up {Call} was given up after {After}; the call may still run")]
    public static partial void HangUpGivenUp(this ILogger logger, WorkflowId workflow, string call, TimeSpan after);

    [LoggerMessage(105, LogLevel.Warning, "Workflow {Workflow}: {Command} could not be stored; the state is read again")]
    public static partial void StateUncertain(this ILogger logger, WorkflowId workflow, string command, Exception exception);

    [LoggerMessage(106, LogLevel.Warning, "Workflow {Workflow}: its reminder stays until it ticks again")]
    public static partial void ReminderStays(this ILogger logger, WorkflowId workflow, Exception exception);

    [LoggerMessage(107, LogLevel.Warning, "Workflow {Workflow}: the result of hanging up {Call} could not be stored yet")]
    public static partial void HangUpNotStored(this ILogger logger, WorkflowId workflow, string call, Exception exception);

    [LoggerMessage(108, LogLevel.Warning, "The sweep failed; the next one follows")]
    public static partial void SweepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(109, LogLevel.Warning, "The sweeper could not wake workflow {Workflow}")]
    public static partial void KnockFailed(this ILogger logger, string workflow, Exception exception);

    [LoggerMessage(110, LogLevel.Information, "{NeverSaved} slots of workflows that were never saved came back")]
    public static partial void SlotsCameBack(this ILogger logger, int neverSaved);

    [LoggerMessage(111, LogLevel.Warning, "The silo stops with {UnderWay} requests to OpenAI under way; their results go to other silos")]
    public static partial void DrainedInPart(this ILogger logger, int underWay);

    [LoggerMessage(112, LogLevel.Warning, "Workflow {Workflow}: OpenAI knows no call {Call} for our key, and its own secret cannot be asked; it may still run")]
    public static partial void HangUpUnproven(this ILogger logger, WorkflowId workflow, string call);

    [LoggerMessage(113, LogLevel.Warning, "Workflow {Workflow} has no reminder; the sweeper alone watches it after a crash")]
    public static partial void NoReminder(this ILogger logger, WorkflowId workflow, Exception exception);

    [LoggerMessage(114, LogLevel.Error, "Workflow {Workflow}: its definition is lost, so nobody holds its call")]
    public static partial void NoDefinition(this ILogger logger, WorkflowId workflow, Exception exception);

    [LoggerMessage(115, LogLevel.Information, "The silo stops: {Held} calls were handed over, {Left} stay until others find them")]
    public static partial void HandedOver(this ILogger logger, int held, int left);

    [LoggerMessage(116, LogLevel.Warning, "Workflow {Workflow} could not be handed over; another silo finds it when this one is gone")]
    public static partial void NotHandedOver(this ILogger logger, WorkflowId workflow, Exception exception);

    [LoggerMessage(117, LogLevel.Warning, "The sweeper could not tidy up; it is tried again")]
    public static partial void TidyFailed(this ILogger logger, Exception exception);

    [LoggerMessage(118, LogLevel.Warning, "Workflow {Workflow} is taken over without a write, so an activation before this one may still write too")]
    public static partial void NotClaimed(this ILogger logger, WorkflowId workflow, Exception exception);
}
