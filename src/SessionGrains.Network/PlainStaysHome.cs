using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace SessionGrains.Network;

/// <summary>Keeps a silo without TLS on loopback: whoever reaches its ports can call any grain.</summary>
internal sealed class PlainStaysHome(IOptions<NetworkOptions> network) : IValidateOptions<EndpointOptions>
{
    public ValidateOptionsResult Validate(string? name, EndpointOptions endpoint)
    {
        IPAddress?[] reachable = [endpoint.AdvertisedIPAddress, endpoint.SiloListeningEndpoint?.Address, endpoint.GatewayListeningEndpoint?.Address];
        return network.Value is { IsTls: false, AllowPlain: false } && Array.Find(reachable, address => address is not null && !IPAddress.IsLoopback(address)) is { } exposed
            ? ValidateOptionsResult.Fail(
                $"The silo would listen on {exposed} without TLS, and whoever reaches it can call any grain. Set {NetworkOptions.Section}:Certificate, Key and Authority; "
                + $"or {NetworkOptions.Section}:AllowPlain=true where something else keeps strangers away.")
            : ValidateOptionsResult.Success;
    }
}
