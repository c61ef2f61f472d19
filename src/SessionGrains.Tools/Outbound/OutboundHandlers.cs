using System.Net;

namespace SessionGrains.Tools.Outbound;

/// <summary>The connections to tools that run elsewhere: two pools, so that no tool uses a connection which it could not have made.</summary>
/// <remarks>
/// They are not the client factory's: what a host adds to all its clients, such as retries, must not touch a request that is sent once.
/// The address list is that of Microsoft.Security.AntiSSRF. Its own handler is not used: it hides at which step a request failed.
/// </remarks>
internal sealed class OutboundHandlers(INetwork network) : IDisposable
{
    private readonly SocketsHttpHandler publicOnly = Create(network, allowsPrivate: false);
    private readonly SocketsHttpHandler withPrivate = Create(network, allowsPrivate: true);

    public HttpMessageHandler For(bool allowsPrivate) => allowsPrivate ? withPrivate : publicOnly;

    /// <summary>Why a URL is not even resolved; null when it may be.</summary>
    public static string? Refuse(Uri url, bool allowsPrivate) =>
        url.UserInfo.Length > 0 ? "its URL holds a user"
        : url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && allowsPrivate) ? null
        : "its URL is not encrypted";

    public void Dispose()
    {
        publicOnly.Dispose();
        withPrivate.Dispose();
    }

    private static SocketsHttpHandler Create(INetwork network, bool allowsPrivate) => new()
    {
        ConnectCallback = (context, cancellationToken) => ConnectAsync(network, context.DnsEndPoint, allowsPrivate, cancellationToken),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        // A tool gets the headers that are documented, no trace context and no baggage; and its URL, which may be a secret, is in no span.
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // Some servers drop an idle connection after 5 seconds; a request on its way then would be one that may have happened.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
    };

    // The addresses that are checked are the ones that are connected to: a name that changes its mind gains nothing.
    private static async ValueTask<Stream> ConnectAsync(INetwork network, DnsEndPoint target, bool allowsPrivate, CancellationToken cancellationToken)
    {
        var addresses = await network.ResolveAsync(target.Host, cancellationToken);
        return addresses.All(address => AddressRules.Allow(address, allowsPrivate))
            ? await network.ConnectAsync(addresses, target.Port, cancellationToken)
            : throw new AddressRefusedException();
    }
}
