using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Operations;

internal static partial class OperationsLog
{
    [LoggerMessage(501, LogLevel.Warning, "Revocation {Action}: {Revoked} workflows end, {Failed} could not be reached, complete: {IsComplete}")]
    public static partial void Revoked(this ILogger logger, string action, int revoked, int failed, bool isComplete);

    [LoggerMessage(502, LogLevel.Error, "Workflow {Workflow} could not be revoked")]
    public static partial void RevocationFailed(this ILogger logger, string workflow, Exception exception);
}
