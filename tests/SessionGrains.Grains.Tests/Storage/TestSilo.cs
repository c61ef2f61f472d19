using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>A real silo on the storage under test: Orleans' own providers read and write through our SQL.</summary>
internal sealed class TestSilo(IHost host) : IAsyncDisposable
{
    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public IGrainStorage Storage => host.Services.GetRequiredKeyedService<IGrainStorage>(StorageHosting.Provider);

    /// <summary>Builds a silo on a database that this silo has to migrate itself.</summary>
    public static IHost Build(TestDatabase database)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            var (siloPort, gatewayPort) = (FreePort(), FreePort());
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("test", "test"));
            if (database.Dialect is SqliteDialect)
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: "test", clusterId: "test");
                silo.AddSessionGrainsStorage(new FileInfo(database.Location));
            }
            else
            {
                silo.ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort);
                silo.AddSessionGrainsStorage(database.Location);
            }
        });
        return builder.Build();
    }

    public static async Task<TestSilo> Start(TestDatabase database)
    {
        var host = Build(database);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host);
    }

    /// <summary>Saves a state the way an activation does, and answers its new ETag.</summary>
    public async Task<string?> Write<T>(string stateName, string key, T state, string? etag = null)
    {
        var stored = new GrainState<T>(state) { ETag = etag };
        await Storage.WriteStateAsync(stateName, GrainId.Create("any", key), stored);
        return stored.ETag;
    }

    public async Task<GrainState<T>> Read<T>(string stateName, string key)
    {
        var stored = new GrainState<T>();
        await Storage.ReadStateAsync(stateName, GrainId.Create("any", key), stored);
        return stored;
    }

    public async Task<string?> NoteOf(string stateName, string key) => (await Read<StoredWorkflow>(stateName, key)).State?.Note;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
