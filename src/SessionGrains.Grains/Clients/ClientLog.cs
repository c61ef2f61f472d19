using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Clients;

/// <summary>What a silo writes to the log about clients.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(760, LogLevel.Error, "A client called {Interface}.{Method}, which is not for clients; refused")]
    public static partial void ClientRefused(this ILogger logger, string @interface, string method);
}
