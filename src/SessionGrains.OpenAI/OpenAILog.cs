using Microsoft.Extensions.Logging;

namespace SessionGrains.OpenAI;

/// <summary>What the OpenAI client writes to the log. Identifiers only: no key, no secret, no SDP.</summary>
internal static partial class OpenAILog
{
    [LoggerMessage(300, LogLevel.Warning, "The key file {File} cannot be read; the last key stays in use")]
    public static partial void KeyFileUnreadable(this ILogger logger, string file);

    [LoggerMessage(301, LogLevel.Warning, "OpenAI: {Operation} failed: {Kind}, {Detail}")]
    public static partial void RequestFailed(this ILogger logger, string operation, ProviderFaultKind kind, string detail);
}
