using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>Everything that tool calls write to the log. Identifiers only: no argument, no output.</summary>
internal static partial class ToolCallLog
{
    [LoggerMessage(420, LogLevel.Information, "Tool call {Call} of {Tool} is {Stage}")]
    public static partial void CallMoved(this ILogger logger, ToolCallKey call, string tool, ToolCallStage stage);

    [LoggerMessage(421, LogLevel.Information, "Workflow {Workflow} refused call {Call} of {Tool}: {Code}")]
    public static partial void CallRefused(this ILogger logger, WorkflowId workflow, ToolCallId call, string tool, RefusalCode code);

    [LoggerMessage(422, LogLevel.Warning, "Tool call {Call} could not be stored; its activation gives way to one that reads first")]
    public static partial void CallUncertain(this ILogger logger, ToolCallKey call, Exception exception);

    [LoggerMessage(423, LogLevel.Warning, "The outcome of tool call {Call} could not be stored yet")]
    public static partial void OutcomeNotStored(this ILogger logger, ToolCallKey call, Exception exception);

    [LoggerMessage(424, LogLevel.Error, "The outcome of tool call {Call} of {Tool} could not be stored in {After} and is given up; the call is unknown from now on")]
    public static partial void OutcomeLost(this ILogger logger, ToolCallKey call, string tool, TimeSpan after);

    [LoggerMessage(425, LogLevel.Warning, "The outcome of tool call {Call} is discarded: another one was stored first, or the call is gone")]
    public static partial void OutcomeDiscarded(this ILogger logger, ToolCallKey call);

    [LoggerMessage(426, LogLevel.Warning, "Tool call {Call} of {Tool} lost its activation while it ran")]
    public static partial void CallAbandoned(this ILogger logger, ToolCallKey call, string tool);

    [LoggerMessage(427, LogLevel.Warning, "Tool call {Call} cannot go on yet")]
    public static partial void CallStuck(this ILogger logger, ToolCallKey call, Exception exception);

    [LoggerMessage(428, LogLevel.Error, "Tool call {Call} of {Tool} broke its runner: {Kind}")]
    public static partial void RunnerBroke(this ILogger logger, ToolCallKey call, string tool, string kind);

    [LoggerMessage(429, LogLevel.Warning, "Tool call {Call} could not tell its workflow")]
    public static partial void NotTold(this ILogger logger, ToolCallKey call, Exception exception);

    [LoggerMessage(430, LogLevel.Warning, "Tool call {Call} was not sent: {Why}")]
    public static partial void NotSent(this ILogger logger, ToolCallKey call, string why);

    [LoggerMessage(431, LogLevel.Warning, "Workflow {Workflow}: call {Call} could not be reached")]
    public static partial void CallNotReached(this ILogger logger, WorkflowId workflow, ToolCallId call, Exception exception);

    [LoggerMessage(432, LogLevel.Warning, "Workflow {Workflow} ends with {Open} tool calls that did not stop in time")]
    public static partial void CallsLeftBehind(this ILogger logger, WorkflowId workflow, int open);

    [LoggerMessage(433, LogLevel.Warning, "Workflow {Workflow}: its tool calls cannot be read yet")]
    public static partial void CallsNotRead(this ILogger logger, WorkflowId workflow, Exception exception);

    [LoggerMessage(434, LogLevel.Warning, "A decision about tool call {Call} was refused: {Code}")]
    public static partial void DecisionRefused(this ILogger logger, ToolCallKey call, RefusalCode code);
}
