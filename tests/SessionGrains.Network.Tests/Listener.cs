using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Connections.Security;

namespace SessionGrains.Network.Tests;

/// <summary>A port that greets whom it lets in, over real sockets.</summary>
internal sealed class Listener : IAsyncDisposable
{
    public const string Greeting = "welcome";

    private readonly WebApplication app;

    private Listener(WebApplication app, int port) => (this.app, Port) = (app, port);

    public int Port { get; }

    /// <summary>Listens with a silo's or a gateway's TLS.</summary>
    public static Task<Listener> Start(TlsOptions tls) => Start(connection => connection.UseServerTls(tls));

    public static async Task<Listener> Start(Action<ListenOptions> configure)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, connection =>
        {
            configure(connection);
            connection.Run(async context =>
            {
                await context.Transport.Output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Greeting), context.ConnectionClosed);
                await context.Transport.Output.CompleteAsync();
            });
        }));
        var app = builder.Build();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(app, new Uri(address).Port);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
