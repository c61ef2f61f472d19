using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using SessionGrains.Grains.Clients;
using SessionGrains.OpenAI;

namespace SessionGrains.Grains;

/// <summary>What every host of workflows has in common, alone or in a cluster.</summary>
public static class SiloHosting
{
    /// <summary>Names the cluster and its rows in the database. The service's name is part of every row's key and must never change.</summary>
    public const string Name = "sessiongrains";

    /// <summary>Adds a silo with the workflows and the OpenAI client; the caller adds where it keeps its state and finds its peers.</summary>
    public static IHostApplicationBuilder AddSilo(this IHostApplicationBuilder host, Action<ISiloBuilder> configure)
    {
        const string storage = "Orleans.Storage.AdoNetGrainStorage";
        if (host.Configuration[$"Logging:LogLevel:{storage}"] is null)
        {
            // Each fault that it logs with its whole stack is handled, and logged, by the grain that it happened to.
            host.Logging.AddFilter(storage, LogLevel.None);
        }

        host.Services.AddOpenAI();
        host.Services.AddOptions<SiloOptions>().BindConfiguration(SiloOptions.Section).ValidateOnStart();
        host.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        host.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloAddressIsOne>();
        host.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        return host.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = host.Configuration["SessionGrains:ClusterId"] ?? Name;
                cluster.ServiceId = host.Configuration["SessionGrains:ServiceId"] ?? Name;
            });
            silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<SiloOptions>>(Listen);
            // A dead silo is noticed within seconds; a mint may take 8 of them, so calls wait longer than that.
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(2);
                membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
                // After a power cut of all silos the first one back waits three of these before it stops asking the dead for permission.
                membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            });
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(20));
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                // What has something to do keeps itself in memory. The rest are workflows and tool calls that are over, for pages that come back from a tunnel.
                collection.CollectionAge = TimeSpan.FromSeconds(30);
                // Once a minute all that ended in that minute would go at once, and new work would wait for it.
                collection.CollectionQuantum = TimeSpan.FromSeconds(5);
            });
            silo.AddOutgoingGrainCallFilter<TraceParentFilter>();
            silo.AddActivityPropagation();
            silo.AddIncomingGrainCallFilter<TraceParentFilter>();
            silo.AddIncomingGrainCallFilter<ClientFilter>();
            if (host.Configuration.GetValue<bool>("SessionGrains:Dashboard"))
            {
                // It measures every grain call, which is why it is off unless somebody wants to look.
                silo.AddDashboard(dashboard => dashboard.HideTrace = true);
            }

#pragma warning disable ORLEANSEXP003 // Marked as subject to change; docs/decisions says why it is taken all the same.
            // Orleans' default forgets, whenever a silo leaves, where some of the others' grains are: a tool that runs would be asked for twice.
            silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
            // A dead silo's grains are taken over at once: what it may still write loses against the version that has moved on.
            silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
            silo.AddWorkflows();
            configure(silo);
        });
    }

    private static void Listen(EndpointOptions endpoint, IOptions<SiloOptions> options)
    {
        var address = IPAddress.Parse(options.Value.Address);
        endpoint.AdvertisedIPAddress = address;
        endpoint.SiloPort = options.Value.Port;
        endpoint.GatewayPort = options.Value.GatewayPort;
        endpoint.SiloListeningEndpoint = new IPEndPoint(address, options.Value.Port);
        endpoint.GatewayListeningEndpoint = new IPEndPoint(address, options.Value.GatewayPort);
    }
}
