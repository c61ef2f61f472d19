using Microsoft.Extensions.Logging;

namespace SessionGrains.Tools.Running;

/// <summary>What running tools writes to the log. Identifiers only: no argument, no output, no secret.</summary>
internal static partial class ToolLog
{
    [LoggerMessage(400, LogLevel.Information, "Workflow {Workflow}: call {Call} of {Tool}: {Result}")]
    public static partial void ToolRan(this ILogger logger, string workflow, string call, string tool, ToolResult result);

    [LoggerMessage(401, LogLevel.Warning, "Workflow {Workflow}: call {Call} of {Tool} ignored that it was told to stop and is left behind")]
    public static partial void ToolLeftBehind(this ILogger logger, string workflow, string call, string tool);

    [LoggerMessage(402, LogLevel.Error, "Workflow {Workflow}: call {Call} of {Tool} broke: {Kind}")]
    public static partial void ToolBroke(this ILogger logger, string workflow, string call, string tool, string kind);

    [LoggerMessage(403, LogLevel.Warning, "Workflow {Workflow}: call {Call} of {Tool} is tried again, retry {Retry}")]
    public static partial void ToolRetried(this ILogger logger, string workflow, string call, string tool, int retry);

    [LoggerMessage(404, LogLevel.Warning, "Workflow {Workflow}: call {Call} of {Tool} got no answer: {Kind}")]
    public static partial void NoAnswer(this ILogger logger, string workflow, string call, string tool, string kind);

    [LoggerMessage(405, LogLevel.Error, "Tool {Tool} cannot be run: {Reason}")]
    public static partial void CannotRun(this ILogger logger, string tool, string reason);

    [LoggerMessage(406, LogLevel.Critical, "ALARM: tool {Tool} of MCP server {Server} is not what was pinned; it is disabled until its file changes")]
    public static partial void ToolChanged(this ILogger logger, string tool, string server);

    [LoggerMessage(407, LogLevel.Warning, "MCP server {Server} does not offer a usable tool for {Tool}: {Reason}")]
    public static partial void ToolMissing(this ILogger logger, string server, string tool, string reason);

    [LoggerMessage(408, LogLevel.Warning, "MCP server {Server} cannot be listed: {Kind}")]
    public static partial void ServerUnreachable(this ILogger logger, string server, string kind);

    [LoggerMessage(409, LogLevel.Error, "Tool {Tool} of MCP server {Server} is not what was pinned; it stays disabled until its file changes")]
    public static partial void ToolStaysDisabled(this ILogger logger, string tool, string server);
}
