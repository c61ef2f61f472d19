using System.Net;
using System.Net.Sockets;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>A listener on every loopback address that nobody may reach; it counts who does, and what they say.</summary>
internal sealed class Canary : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
    private int connections;
    private long bytes;

    public Canary()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Listen();
    }

    public int Port { get; }

    public int Connections => Volatile.Read(ref connections);

    public long Bytes => Volatile.Read(ref bytes);

    public void Dispose() => listener.Dispose();

    private async Task Listen()
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                Interlocked.Increment(ref connections);
                Interlocked.Add(ref bytes, await socket.ReceiveAsync(new byte[4096]));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
