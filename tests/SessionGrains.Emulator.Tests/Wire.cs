using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SessionGrains.Emulator.Tests;

/// <summary>One end of a WebSocket to the emulator, and all that came over it.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ClientWebSocket socket;
    private readonly Channel<JsonObject> incoming = Channel.CreateUnbounded<JsonObject>();
    private readonly Task reading;

    private Wire(ClientWebSocket socket)
    {
        this.socket = socket;
        reading = Read();
    }

    /// <summary>Every event so far, in order.</summary>
    public List<JsonObject> Seen { get; } = [];

    public WebSocketCloseStatus? CloseCode => socket.CloseStatus;

    public string? CloseText => socket.CloseStatusDescription;

    public string? Subprotocol => socket.SubProtocol;

    public static Task<Wire> Sideband(Lab lab, string callId, string key = Lab.Key) =>
        Open(lab, $"realtime?call_id={Uri.EscapeDataString(callId)}", ws => ws.Options.SetRequestHeader("Authorization", $"Bearer {key}"));

    public static Task<Wire> Browser(Lab lab, string secret) => Open(lab, "realtime?model=gpt-realtime-2.1", ws =>
    {
        ws.Options.AddSubProtocol("realtime");
        ws.Options.AddSubProtocol($"openai-insecure-api-key.{secret}");
    });

    public static async Task<Wire> Open(Lab lab, string path, Action<ClientWebSocket> configure)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.CollectHttpResponseDetails = true;
            configure(socket);
            await socket.ConnectAsync(new UriBuilder(lab.Api(path)) { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);
            return new Wire(socket);
        }
        catch (WebSocketException e)
        {
            e.Data["status"] = (int)socket.HttpStatusCode;
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The status with which a handshake is refused.</summary>
    public static async Task<int> Refused(Func<Task<Wire>> connect) =>
        (int)(await Assert.ThrowsAsync<WebSocketException>(connect)).Data["status"]!;

    public Task Send(JsonNode clientEvent) => Send(clientEvent.ToJsonString());

    public Task Send(string text) => socket.SendAsync(
        Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    /// <summary>Reads on until an event of this type.</summary>
    public async Task<JsonObject> Until(string type, Func<JsonObject, bool>? condition = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            var next = await incoming.Reader.ReadAsync(limit.Token);
            Seen.Add(next);
            if (next["type"]!.GetValue<string>() == type && condition?.Invoke(next) != false)
            {
                return next;
            }
        }
    }

    /// <summary>Reads on until the other end closes or is gone.</summary>
    public async Task UntilOver()
    {
        await reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
        while (incoming.Reader.TryRead(out var next))
        {
            Seen.Add(next);
        }
    }

    public IReadOnlyList<string> TypesSeen => [.. Seen.Select(e => e["type"]!.GetValue<string>())];

    public async ValueTask DisposeAsync()
    {
        socket.Abort();
        await reading;
        socket.Dispose();
    }

    private async Task Read()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                message.Write(buffer, 0, received.Count);
                if (received.EndOfMessage)
                {
                    incoming.Writer.TryWrite(JsonNode.Parse(message.ToArray())!.AsObject());
                    message.SetLength(0);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // Cut: that is what some tests are about.
        }
        finally
        {
            incoming.Writer.TryComplete();
        }
    }
}
