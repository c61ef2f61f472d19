namespace SessionGrains.Api.Callers;

/// <summary>What the API writes to the log about those who vouch for callers. No token.</summary>
internal static partial class CallerLog
{
    [LoggerMessage(540, LogLevel.Warning, "The identity provider's keys could not be fetched from {Address} ({Fault}); as long as none are known, its tokens are answered with 503")]
    public static partial void KeysNotFetched(this ILogger logger, string address, string fault);
}
