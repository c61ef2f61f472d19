using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Tests.Storage;
using SessionGrains.Grains.Workflows;
using SessionGrains.Testing;
using Xunit;

namespace SessionGrains.Grains.Tests.Clients;

/// <summary>A real silo, and a client that knows more of it than an API does.</summary>
public sealed class ClientCallTests(TestPostgres server) : IAsyncLifetime
{
    private TestDatabase database = null!;
    private IHost silo = null!;
    private IHost client = null!;

    private IGrainFactory Grains => client.Services.GetRequiredService<IGrainFactory>();

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("PostgreSql", server);
        var (siloPort, gatewayPort) = (FreePort(), FreePort());
        silo = await Start(new()
        {
            ["OPENAI_API_KEY"] = "sk-test",
            ["SessionGrains:Silo:Port"] = $"{siloPort}",
            ["SessionGrains:Silo:GatewayPort"] = $"{gatewayPort}",
            ["SessionGrains:Definitions"] = Directory.CreateTempSubdirectory("sessiongrains-").FullName,
        }, builder => builder.AddSilo(orleans => orleans.AddSessionGrainsStorage(database.Location)));
        client = await Start([], builder => builder.UseOrleansClient(orleans => orleans
            .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gatewayPort))
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (SiloHosting.Name, SiloHosting.Name))));
    }

    [Fact]
    public async Task A_client_asks_what_an_API_asks()
    {
        await Grains.WorkflowList.Ping();

        Assert.Equal(Refusal.NotFound, (await Grains.Workflow(WorkflowId.New()).View(new UserId("issuer", null, "ada"))).Refusal);
    }

    [Fact]
    public async Task A_client_moves_no_workflow_from_inside()
    {
        var id = WorkflowId.New();

        await IsRefused(() => Grains.Workflow(id).Knock());
        await IsRefused(() => Grains.Workflow(id).Supersede());
        await IsRefused(() => Grains.GetGrain<IWorkflowTurns>(id.Value).Handle(new WorkflowCommand.LookAtClock(default, default, Control.None)));
        await IsRefused(() => Grains.Workflow(id).AsReference<IRemindable>().ReceiveReminder("watchdog", default));
    }

    [Fact]
    public async Task A_client_administers_no_silo() =>
        await IsRefused(() => Grains.GetGrain<IManagementGrain>(0).ForceGarbageCollection([], TestContext.Current.CancellationToken));

    [Fact]
    public async Task The_silo_itself_may() =>
        await silo.Services.GetRequiredService<IGrainFactory>().Workflow(WorkflowId.New()).Knock();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in new[] { client, silo })
        {
            await host.StopAsync();
            host.Dispose();
        }

        await database.DisposeAsync();
    }

    private static async Task IsRefused(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(call);
        Assert.EndsWith("is not for clients.", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> Start(Dictionary<string, string?> settings, Action<HostApplicationBuilder> add)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        add(builder);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
