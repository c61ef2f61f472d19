namespace SessionGrains.Api.ProblemJson;

/// <summary>What the API writes to the log about requests that failed. No body, no query, no header.</summary>
internal static partial class ProblemLog
{
    [LoggerMessage(510, LogLevel.Error, "Request broke, trace {TraceId}")]
    public static partial void RequestBroke(this ILogger logger, Exception fault, string traceId);

    [LoggerMessage(511, LogLevel.Warning, "Request failed with {Code} after {Fault}, trace {TraceId}")]
    public static partial void RequestFailed(this ILogger logger, string code, string fault, string traceId);

    [LoggerMessage(512, LogLevel.Debug, "Client left before its answer, trace {TraceId}")]
    public static partial void ClientLeft(this ILogger logger, string traceId);
}
