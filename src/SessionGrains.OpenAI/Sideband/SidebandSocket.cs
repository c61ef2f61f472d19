using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>A sideband over a WebSocket.</summary>
internal sealed class SidebandSocket(string callId, WebSocket socket, TimeProvider clock, ILogger logger) : ISideband
{
    private const string SessionExpired = "session_expired";

    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly FrameReader _frames = new(socket);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _lastSent = Task.CompletedTask;
    private int _isRead;
    private bool _isExpired;
    private Closed? _closed;

    public Task SendAsync(JsonObject clientEvent, CancellationToken cancellationToken)
    {
        var message = JsonSerializer.SerializeToUtf8Bytes(clientEvent, Plain);
        return InTurn(() => socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken).AsTask(), cancellationToken);
    }

    public async IAsyncEnumerable<SidebandEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BeginReading();
        try
        {
            while (_closed is null)
            {
                foreach (var told in await NextAsync(cancellationToken))
                {
                    yield return told;
                }
            }

            yield return _closed;
        }
        finally
        {
            Volatile.Write(ref _isRead, 0);
        }
    }

    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(ClosePatience, clock);
        try
        {
            await InTurn(() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token), patience.Token);
            if (Interlocked.Exchange(ref _isRead, 1) == 0)
            {
                // Nobody reads, so the answer to the close is ours to wait for.
                await DrainAsync(patience.Token);
            }

            await _over.Task.WaitAsync(patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SidebandClosedException)
        {
            socket.Abort();
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (_closed is null)
            {
                await NextAsync(cancellationToken);
            }
        }
        finally
        {
            Volatile.Write(ref _isRead, 0);
        }
    }

    private void BeginReading()
    {
        if (Interlocked.Exchange(ref _isRead, 1) == 1)
        {
            throw new InvalidOperationException("A sideband has one reader.");
        }
    }

    private async Task<IReadOnlyList<SidebandEvent>> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _frames.NextAsync(cancellationToken) is { } message)
            {
                var told = EventReader.Read(message);
                _isExpired |= told is [Error { Code: SessionExpired }];
                return told;
            }

            await AnswerCloseAsync();
            End(IsExpiry() ? CloseKind.Expired : IsClean() ? CloseKind.Clean : CloseKind.Broken, socket.CloseStatusDescription);
        }
        catch (MessageTooLongException)
        {
            socket.Abort();
            End(CloseKind.Broken, "a message that is too long");
        }
        catch (Exception e) when (IsLoss(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A socket that keep-alive or a close gave up ends its reads as if they had been cancelled.
            cancellationToken.ThrowIfCancellationRequested();
            End(_isExpired ? CloseKind.Expired : CloseKind.Broken, "the connection was lost");
        }

        return [];
    }

    /// <summary>The other end waits for our close before it lets go of the connection.</summary>
    private async Task AnswerCloseAsync()
    {
        using var patience = new CancellationTokenSource(ClosePatience, clock);
        try
        {
            if (socket.State is WebSocketState.CloseReceived)
            {
                await InTurn(() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token), patience.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SidebandClosedException)
        {
            socket.Abort();
        }
    }

    private static bool IsLoss(Exception e) => e is WebSocketException or InvalidOperationException or IOException;

    private bool IsExpiry() => _isExpired
        || (socket.CloseStatus is WebSocketCloseStatus.EndpointUnavailable
            && socket.CloseStatusDescription?.Contains("maximum duration", StringComparison.OrdinalIgnoreCase) == true);

    private bool IsClean() => socket.CloseStatus is
        WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable or WebSocketCloseStatus.Empty or null;

    private void End(CloseKind kind, string? reason)
    {
        _closed = new Closed(kind, reason);
        _over.TrySetResult();
        logger.SidebandClosed(callId, kind, (int?)socket.CloseStatus);
    }

    /// <summary>Sends when everything before has been sent. Who gives up waiting loses their turn, not the order.</summary>
    private Task InTurn(Func<Task> send, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _lastSent = After(_lastSent);
            return _lastSent.WaitAsync(cancellationToken);
        }

        async Task After(Task previous)
        {
            await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await send();
            }
            catch (Exception e) when (IsLoss(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                throw new SidebandClosedException(e);
            }
        }
    }
}
