using System.Net.Security;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Network;

/// <summary>What a host writes to the log about its peers and itself. Names and fingerprints only.</summary>
internal static partial class NetworkLog
{
    [LoggerMessage(750, LogLevel.Information, "This host is {Name} to its peers, until {NotAfter:O}")]
    public static partial void Identified(this ILogger logger, string name, DateTime notAfter);

    [LoggerMessage(751, LogLevel.Error, "The changed files of certificate, key and authority are no good ({Fault}); the ones before stay in use")]
    public static partial void IdentityKept(this ILogger logger, string fault);

    [LoggerMessage(752, LogLevel.Warning, "Refused a peer with certificate {Thumbprint}: it must be {Name} ({Errors} {ChainErrors})")]
    public static partial void PeerRefused(this ILogger logger, string thumbprint, string name, SslPolicyErrors errors, string chainErrors);
}
