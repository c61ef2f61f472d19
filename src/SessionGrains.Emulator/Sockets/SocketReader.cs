using System.Net.WebSockets;
using System.Text;

namespace SessionGrains.Emulator.Sockets;

/// <summary>The receiving half of a socket.</summary>
internal static class SocketReader
{
    private const int LongestEvent = 24 * 1024 * 1024;   // 15 MiB of sound in base64, and room around it

    /// <summary>The next text message, or null once the other end has closed or is gone.</summary>
    public static async Task<string?> Next(WebSocket socket, MemoryStream buffer, byte[] chunk, CancellationToken cancellationToken)
    {
        buffer.SetLength(0);
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(chunk.AsMemory(), cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }

                buffer.Write(chunk, 0, received.Count);
                if (buffer.Length > LongestEvent)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "message too big", cancellationToken);
                    return null;
                }

                if (received.EndOfMessage)
                {
                    return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
