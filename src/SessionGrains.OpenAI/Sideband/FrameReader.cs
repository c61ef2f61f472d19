using System.Net.WebSockets;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Puts the pieces of a message together; of one that is too long it keeps the beginning.</summary>
internal sealed class FrameReader(WebSocket socket)
{
    /// <summary>The longest message that is read whole. Events are a few kilobytes; only sound or images in items are longer.</summary>
    public const int LongestMessage = 1024 * 1024;

    // A page may have an item of minutes of sound shown to itself, and so to us: that must not part us from the call.
    private const int LongestPassedOver = 64 * 1024 * 1024;

    // Held for the whole call, thousands of times: what is longer than most events makes room for itself.
    private const int UsualMessage = 4 * 1024;

    private byte[] _buffer = new byte[UsualMessage];

    /// <summary>The next message, valid until the one after it; null once the other end has closed.</summary>
    /// <exception cref="MessageTooLongException">The message is too long; the socket cannot be read any further.</exception>
    public async Task<Message?> NextAsync(CancellationToken cancellationToken)
    {
        if (_buffer.Length > UsualMessage)
        {
            // One long message must not cost a megabyte for the rest of the call.
            _buffer = new byte[UsualMessage];
        }

        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            length += received.Count;
            if (received.MessageType is WebSocketMessageType.Close)
            {
                return null;
            }

            if (length > LongestMessage)
            {
                await PassOverAsync(received.EndOfMessage, cancellationToken);
                return new(_buffer.AsMemory(0, LongestMessage), IsWhole: false);
            }

            if (received.EndOfMessage)
            {
                return new(_buffer.AsMemory(0, length), IsWhole: true);
            }

            if (length == _buffer.Length)
            {
                // One byte more than allowed, so that one over the limit is told from one at it.
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, LongestMessage + 1));
            }
        }
    }

    private async Task PassOverAsync(bool isAtEnd, CancellationToken cancellationToken)
    {
        var rest = new byte[16 * UsualMessage];
        for (var passed = 0; !isAtEnd;)
        {
            var received = await socket.ReceiveAsync(rest.AsMemory(), cancellationToken);
            isAtEnd = received.EndOfMessage || received.MessageType is WebSocketMessageType.Close;
            passed += received.Count;
            if (passed > LongestPassedOver)
            {
                throw new MessageTooLongException();
            }
        }
    }
}

/// <summary>A message, or its beginning.</summary>
internal readonly record struct Message(ReadOnlyMemory<byte> Bytes, bool IsWhole);

/// <summary>A message is longer than we take.</summary>
internal sealed class MessageTooLongException() : IOException("The message is too long.");
