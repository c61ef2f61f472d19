using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Connections.Security;

namespace SessionGrains.Network.Tests;

/// <summary>An outgoing connection as Orleans makes it: our TLS around a socket.</summary>
internal static class Caller
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What the other side says; empty when our side does not trust it, or the other way round.</summary>
    public static async Task<string> Call(int port, TlsOptions tls)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var heard = "";
        var builder = new ConnectionBuilder(services);
        builder.UseClientTls(tls);
        builder.Run(async connection =>
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync();
                heard += Encoding.ASCII.GetString(read.Buffer.ToArray());
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        });

        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        using var sockets = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), NullLogger.Instance);
        await using var connection = sockets.Create(socket);
        try
        {
            await builder.Build()(connection).WaitAsync(Patience);
        }
        catch (Exception e) when (e is IOException or ConnectionResetException or ConnectionAbortedException)
        {
            // Cut off, which an empty answer says as well.
        }

        return heard;
    }
}
