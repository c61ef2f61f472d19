using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Network.Tests;

/// <summary>A silo and clients as our hosts build them, on loopback and without grains of their own.</summary>
internal static class ClusterHosts
{
    public static async Task<(IHost Silo, int SiloPort, int GatewayPort)> Silo(Dictionary<string, string?> settings)
    {
        var (siloPort, gatewayPort) = (FreePort(), FreePort());
        var builder = Builder(settings);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, gatewayPort).AddSessionGrainsNetwork());
        return (await Start(builder), siloPort, gatewayPort);
    }

    /// <summary>A silo that listens on some address, built and not started.</summary>
    public static IHost SiloAt(string address, Dictionary<string, string?> settings)
    {
        var builder = Builder(settings);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), FreePort())
            .ConfigureEndpoints(IPAddress.Parse(address), FreePort(), FreePort())
            .AddSessionGrainsNetwork());
        return builder.Build();
    }

    /// <summary>A client that tries once.</summary>
    /// <exception cref="Exception">No silo let it in.</exception>
    public static Task<IHost> Client(int gatewayPort, Dictionary<string, string?> settings)
    {
        var builder = Builder(settings);
        builder.UseOrleansClient(client => client
            .UseLocalhostClustering(gatewayPort)
            .UseConnectionRetryFilter((_, _) => Task.FromResult(false))
            .AddSessionGrainsNetwork());
        return Start(builder);
    }

    private static HostApplicationBuilder Builder(Dictionary<string, string?> settings)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        return builder;
    }

    private static async Task<IHost> Start(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
