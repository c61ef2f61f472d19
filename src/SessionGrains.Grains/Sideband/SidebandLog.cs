using Microsoft.Extensions.Logging;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>Everything that owners of sidebands write to the log. Identifiers only: no secret, nothing that was said, asked or answered.</summary>
internal static partial class SidebandLog
{
    [LoggerMessage(200, LogLevel.Information, "Workflow {Workflow}: the sideband of {Call} works after {After}")]
    public static partial void SidebandWorks(this ILogger logger, WorkflowId workflow, CallId call, TimeSpan after);

    [LoggerMessage(201, LogLevel.Information, "Workflow {Workflow}: the sideband of {Call} is lost: {Kind}")]
    public static partial void SidebandLost(this ILogger logger, WorkflowId workflow, CallId call, CloseKind kind);

    [LoggerMessage(202, LogLevel.Information, "Workflow {Workflow}: call {Call} is over: {How}")]
    public static partial void CallGone(this ILogger logger, WorkflowId workflow, CallId call, string how);

    [LoggerMessage(203, LogLevel.Warning, "Workflow {Workflow}: the sideband of {Call} is attached and does not answer; it is cut")]
    public static partial void SidebandMute(this ILogger logger, WorkflowId workflow, CallId call);

    [LoggerMessage(204, LogLevel.Warning, "Workflow {Workflow}: attaching to {Call} failed")]
    public static partial void AttachThrew(this ILogger logger, WorkflowId workflow, CallId call, Exception exception);

    [LoggerMessage(205, LogLevel.Warning, "Workflow {Workflow}: {Answer} where {Call} breaks the policy: {What}")]
    public static partial void PolicyBroken(this ILogger logger, WorkflowId workflow, CallId call, string answer, string what);

    [LoggerMessage(206, LogLevel.Warning, "Workflow {Workflow}: tool call {ToolCall} could not be asked for; it is asked again")]
    public static partial void ToolNotReached(this ILogger logger, WorkflowId workflow, ToolCallId toolCall, Exception exception);

    [LoggerMessage(207, LogLevel.Warning, "Workflow {Workflow}: {News} of {Call} was not delivered")]
    public static partial void NewsNotDelivered(this ILogger logger, WorkflowId workflow, CallId call, string news, Exception exception);

    [LoggerMessage(208, LogLevel.Information, "Workflow {Workflow}: OpenAI refused something on the sideband of {Call}: {Code}")]
    public static partial void EventRefused(this ILogger logger, WorkflowId workflow, CallId call, string? code);

    [LoggerMessage(209, LogLevel.Error, "Workflow {Workflow}: {Fact} of {Call} was not handled")]
    public static partial void FactNotHandled(this ILogger logger, WorkflowId workflow, CallId call, string fact, Exception exception);

    [LoggerMessage(210, LogLevel.Information, "Workflow {Workflow}: {Call} has its last words: {Reason}")]
    public static partial void CallToEnd(this ILogger logger, WorkflowId workflow, CallId call, EndReason reason);

    [LoggerMessage(211, LogLevel.Critical, "Workflow {Workflow}: nobody holds the sideband of {Call} any more")]
    public static partial void OwnerDied(this ILogger logger, WorkflowId workflow, CallId call, Exception exception);

    [LoggerMessage(212, LogLevel.Warning, "Workflow {Workflow}: another silo holds {Call} by now; this one, which was frozen or is cut off, lets go of it")]
    public static partial void Superseded(this ILogger logger, WorkflowId workflow, CallId call);
}
