using System.Net.WebSockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Sockets;

/// <summary>The sending half of a socket: one queue, one sender, and the faults that were planned for it.</summary>
internal sealed class SocketSink(bool isSideband, Fault? fault) : IEventSink, IDisposable
{
    private const int MostWaiting = 20_000;

    private static readonly TimeSpan CloseHandshake = TimeSpan.FromSeconds(2);

    private readonly Channel<byte[]> waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource cut = new();
    private (int Code, string Reason)? closing;
    private int sent;

    public bool TakesAudio => !isSideband;

    public bool IsSideband => isSideband;

    public void Send(JsonObject serverEvent, byte[] encoded)
    {
        // Whoever does not read must not fill the emulator's memory.
        if (!waiting.Writer.TryWrite(encoded) && closing is null)
        {
            Abort();
        }
    }

    public void Close(int code, string reason)
    {
        closing ??= (code, reason);
        waiting.Writer.TryComplete();
    }

    public void Abort()
    {
        // In this order: a sender that runs dry lets go of the socket, and then nobody would cut it.
        cut.Cancel();
        waiting.Writer.TryComplete();
    }

    /// <summary>Sends until closed; then closes the socket by the book. What was taken before the socket opened is sent first.</summary>
    /// <param name="socket">Where to.</param>
    /// <param name="otherEndDone">Completes once the other end has closed, or is gone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task Run(WebSocket socket, Task otherEndDone, CancellationToken cancellationToken)
    {
        using var cutting = cut.Token.Register(socket.Abort);
        try
        {
            await foreach (var encoded in waiting.Reader.ReadAllAsync(cancellationToken))
            {
                if (!await Deliver(socket, encoded, cancellationToken))
                {
                    return;
                }
            }

            if (closing is { } close && socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync((WebSocketCloseStatus)close.Code, close.Reason, cancellationToken);
                await AwaitClose(socket, otherEndDone);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other end is gone; the reading half finds out as well.
        }
    }

    public void Dispose() => cut.Dispose();

    /// <summary>A client that does not answer the close is not waited for any longer.</summary>
    private static async Task AwaitClose(WebSocket socket, Task otherEndDone)
    {
        if (await Task.WhenAny(otherEndDone, Task.Delay(CloseHandshake, TimeProvider.System)) != otherEndDone)
        {
            socket.Abort();
        }
    }

    private async Task<bool> Deliver(WebSocket socket, byte[] encoded, CancellationToken cancellationToken)
    {
        if (fault?.AbortAfterEvents <= sent)
        {
            Abort();
            return false;
        }

        if (fault?.CloseCode is not null && fault.CloseAfterEvents <= sent)
        {
            Close(fault.CloseCode.Value, "");
            await socket.CloseOutputAsync((WebSocketCloseStatus)fault.CloseCode.Value, "", cancellationToken);
            return false;
        }

        if (fault?.SilentAfterEvents <= sent)
        {
            return true;
        }

        for (var copies = fault?.DuplicateEvents == true ? 2 : 1; copies > 0; copies--)
        {
            await socket.SendAsync(encoded, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }

        sent++;
        return true;
    }
}
