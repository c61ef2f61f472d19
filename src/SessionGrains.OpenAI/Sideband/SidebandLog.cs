using Microsoft.Extensions.Logging;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>What sidebands write to the log. Identifiers only: no secret, nothing that was said or configured.</summary>
internal static partial class SidebandLog
{
    [LoggerMessage(310, LogLevel.Information, "Attached to call {CallId}")]
    public static partial void Attached(this ILogger logger, string callId);

    [LoggerMessage(311, LogLevel.Information, "Call {CallId} cannot be attached to: it is not found")]
    public static partial void CallNotFound(this ILogger logger, string callId);

    [LoggerMessage(312, LogLevel.Warning, "Attaching to call {CallId} failed: {Kind}, {Detail}")]
    public static partial void AttachFailed(this ILogger logger, string callId, ProviderFaultKind kind, string detail);

    [LoggerMessage(313, LogLevel.Information, "The sideband of call {CallId} is closed: {Kind}, code {CloseCode}")]
    public static partial void SidebandClosed(this ILogger logger, string callId, CloseKind kind, int? closeCode);
}
