using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>The other end of one connection, byte by byte: it upgrades, or answers as it is told, and then does as it likes.</summary>
internal sealed class RawPeer : IDisposable
{
    private const string WebSocketId = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource<NetworkStream> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpClient? _client;

    /// <param name="answer">What it says in place of an upgrade; empty for nothing at all.</param>
    public RawPeer(string? answer = null)
    {
        _listener.Start();
        Serving = Serve(answer);
    }

    public string BaseUrl => $"http://{_listener.LocalEndpoint}/v1";

    public Task<string> Serving { get; }

    /// <summary>Says something after the upgrade.</summary>
    public async Task Say(byte[] bytes) => await (await _connected.Task).WriteAsync(bytes, TestContext.Current.CancellationToken);

    public static byte[] Frame(byte firstByte, byte[] payload) => payload.Length < 126
        ? [firstByte, (byte)payload.Length, .. payload]
        : [firstByte, 126, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }

    /// <summary>Returns the head of the request.</summary>
    private async Task<string> Serve(string? answer)
    {
        _client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = _client.GetStream();
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer ?? Upgrade(head.ToString())), TestContext.Current.CancellationToken);
        _connected.SetResult(stream);
        return head.ToString();
    }

    private static string Upgrade(string head)
    {
        var key = head.Split("\r\n").Single(line => line.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase)).Split(':')[1].Trim();
#pragma warning disable CA5350 // The WebSocket handshake is defined so.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + WebSocketId)));
#pragma warning restore CA5350
        return $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";
    }
}
