namespace SessionGrains.Api.Events;

/// <summary>What the API writes to the log about its streams. Never an event's content.</summary>
internal static partial class EventLog
{
    [LoggerMessage(530, LogLevel.Debug, "Stream waits for the cluster ({Reason}), trace {TraceId}")]
    public static partial void StreamWaits(this ILogger logger, string reason, string traceId);

    [LoggerMessage(531, LogLevel.Warning, "Stream closed because the cluster did not answer for too long, trace {TraceId}")]
    public static partial void StreamGivenUp(this ILogger logger, string traceId);
}
