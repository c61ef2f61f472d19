using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Dashboard;
using SessionGrains.Api.OperatorConsole;
using SessionGrains.Network;

namespace SessionGrains.Api.Cluster;

/// <summary>Joins the API to the cluster whose silos register in PostgreSQL.</summary>
internal static class ClusterClient
{
    private const string ConnectionName = "SessionGrains";
    private const string DefaultName = "sessiongrains";

    // A mint may take eight seconds and a call fifteen; only a caller that waits longer than both learns what became of it.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(20);

    // What goes through a silo that is frozen is lost until this finds that it was declared dead. It is one small query.
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(2);

    /// <exception cref="OptionsValidationException">There is no connection string.</exception>
    public static WebApplicationBuilder AddClusterClient(this WebApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new OptionsValidationException(ConnectionName, typeof(NpgsqlConnection),
                ["ConnectionStrings:SessionGrains is missing: the API finds its silos in PostgreSQL and needs an Npgsql connection string."]);
        }

        return builder.AddClusterClient(client => client.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = "Npgsql";
            // The name is a metric's label: without it that would be the connection string.
            clustering.DataSource = new NpgsqlDataSourceBuilder(connection) { Name = DefaultName }.Build();
        }));
    }

    /// <summary>The same for silos that are found in another way.</summary>
    internal static WebApplicationBuilder AddClusterClient(this WebApplicationBuilder builder, Action<IClientBuilder> findSilos)
    {
        var names = builder.Configuration.GetSection(ApiOptions.Section);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = names[nameof(ClusterOptions.ClusterId)] ?? DefaultName;
                cluster.ServiceId = names[nameof(ClusterOptions.ServiceId)] ?? DefaultName;
            });
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ResponseTimeout);
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewayRefresh);
            client.UseConnectionRetryFilter<ConnectForever>();
            client.AddOutgoingGrainCallFilter<TraceParentFilter>();
            client.AddActivityPropagation();
            client.AddSessionGrainsNetwork();
            if (builder.Configuration.HasDashboard())
            {
                client.AddDashboard(dashboard => dashboard.HideTrace = true);
            }

            findSilos(client);
        });

        // Kestrel must answer health checks while the client still looks for its first silo.
        builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
        return builder;
    }
}
