using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SessionGrains.Tools.Outbound;

/// <summary>Adds the connections to tools that run elsewhere: two pools, so that no tool uses a connection which it could not have made.</summary>
/// <remarks>
/// The address list is that of Microsoft.Security.AntiSSRF. Its own handler is not used: it hides at which step a request failed,
/// and that decides whether a tool may be asked again.
/// </remarks>
internal static class OutboundServices
{
    public const string PublicOnly = "SessionGrains.Tools";
    public const string WithPrivate = "SessionGrains.Tools.PrivateNetwork";

    public static string ClientFor(bool allowsPrivate) => allowsPrivate ? WithPrivate : PublicOnly;

    /// <summary>Why a URL is not even resolved; null when it may be.</summary>
    public static string? Refuse(Uri url, bool allowsPrivate) =>
        url.UserInfo.Length > 0 ? "its URL holds a user"
        : url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && allowsPrivate) ? null
        : "its URL is not encrypted";

    public static void AddOutbound(this IServiceCollection services)
    {
        services.TryAddSingleton<INetwork, SystemNetwork>();
        Add(services, allowsPrivate: false);
        Add(services, allowsPrivate: true);
    }

    private static void Add(IServiceCollection services, bool allowsPrivate) =>
        services.AddHttpClient(ClientFor(allowsPrivate), client => client.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler((handler, provider) =>
            {
                var network = provider.GetRequiredService<INetwork>();
                handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(network, context.DnsEndPoint, allowsPrivate, cancellationToken);
                handler.AllowAutoRedirect = false;
                handler.UseProxy = false;
                handler.UseCookies = false;
                handler.AutomaticDecompression = DecompressionMethods.None;
                // A tool gets the headers that are documented: no trace context, no baggage.
                handler.ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator();
                handler.ConnectTimeout = TimeSpan.FromSeconds(3);
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
                // Some servers drop an idle connection after 5 seconds; a request on its way then would be one that may have happened.
                handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4);
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // The factory's logger writes URLs and headers.
            .RemoveAllLoggers();

    // The addresses that are checked are the ones that are connected to: a name that changes its mind gains nothing.
    private static async ValueTask<Stream> ConnectAsync(INetwork network, DnsEndPoint target, bool allowsPrivate, CancellationToken cancellationToken)
    {
        var addresses = await network.ResolveAsync(target.Host, cancellationToken);
        return addresses.All(address => AddressRules.Allow(address, allowsPrivate))
            ? await network.ConnectAsync(addresses, target.Port, cancellationToken)
            : throw new AddressRefusedException();
    }
}
