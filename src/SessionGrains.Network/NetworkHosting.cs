using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace SessionGrains.Network;

/// <summary>Lets silos and APIs of one cluster talk to each other and to nobody else.</summary>
public static class NetworkHosting
{
    /// <summary>Takes connections from silos at the silo's port and from APIs at the gateway's, by their certificates; without any, from this machine only.</summary>
    public static ISiloBuilder AddSessionGrainsNetwork(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<IValidateOptions<EndpointOptions>, PlainStaysHome>();
        if (silo.Services.AddNetwork(silo.Configuration, HostKind.Silo))
        {
            silo.Services.AddOptions<SiloConnectionOptions>().Configure<PeerTls, IOptions<NetworkOptions>>((connections, tls, network) =>
            {
                connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(tls.Accept(network.Value.SiloName)));
                connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls.Connect(network.Value.SiloName)));
                connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(tls.Accept(network.Value.ApiName)));
            });
        }

        return silo;
    }

    /// <summary>Connects an API to silos, by their certificates where it has one itself.</summary>
    public static IClientBuilder AddSessionGrainsNetwork(this IClientBuilder client)
    {
        if (client.Services.AddNetwork(client.Configuration, HostKind.Api))
        {
            client.Services.AddOptions<ClientConnectionOptions>().Configure<PeerTls, IOptions<NetworkOptions>>((connections, tls, network) =>
                connections.ConfigureConnection(connection => connection.UseClientTls(tls.Connect(network.Value.SiloName))));
        }

        return client;
    }

    private static bool AddNetwork(this IServiceCollection services, IConfiguration configuration, HostKind kind)
    {
        services.AddOptions<NetworkOptions>().BindConfiguration(NetworkOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NetworkOptions>, NetworkOptionsValidator>();
        services.AddSingleton<IValidateOptions<NetworkOptions>, NetworkIsWhole>();
        if (configuration.GetSection(NetworkOptions.Section).Get<NetworkOptions>() is not { IsTls: true })
        {
            return false;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<IdentityFiles>(provider, kind));
        services.AddHostedService(provider => provider.GetRequiredService<IdentityFiles>());
        services.AddSingleton<PeerTls>();
        return true;
    }
}
