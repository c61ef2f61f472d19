using System.Net.WebSockets;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Puts the pieces of a message together, up to a length.</summary>
internal sealed class FrameReader(WebSocket socket)
{
    /// <summary>The longest message that we take. Events are a few kilobytes; only sound or images in items are longer.</summary>
    public const int LongestMessage = 1024 * 1024;

    // Held for the whole call, thousands of times: what is longer than most events makes room for itself.
    private const int UsualMessage = 4 * 1024;

    private byte[] _buffer = new byte[UsualMessage];

    /// <summary>The next message, valid until the one after it; null once the other end has closed.</summary>
    /// <exception cref="MessageTooLongException">The message is too long; the socket cannot be read any further.</exception>
    public async Task<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
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
                throw new MessageTooLongException();
            }

            if (received.EndOfMessage)
            {
                return _buffer.AsMemory(0, length);
            }

            if (length == _buffer.Length)
            {
                // One byte more than allowed, so that one over the limit is told from one at it.
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, LongestMessage + 1));
            }
        }
    }
}

/// <summary>A message is longer than we take.</summary>
internal sealed class MessageTooLongException() : IOException("The message is too long.");
