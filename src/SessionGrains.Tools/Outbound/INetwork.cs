using System.Net;

namespace SessionGrains.Tools.Outbound;

/// <summary>Names and connections, as the operating system gives them.</summary>
internal interface INetwork
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    /// <summary>Connects to one of exactly these addresses.</summary>
    Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken);
}
