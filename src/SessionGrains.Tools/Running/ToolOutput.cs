using System.Globalization;
using System.Text;

namespace SessionGrains.Tools.Running;

/// <summary>Keeps a tool's output within its cap and says so where something was cut.</summary>
internal static class ToolOutput
{
    /// <summary>As many bytes as are needed to tell whether an output is too long.</summary>
    public static int Enough(int maxBytes) => maxBytes + 1;

    /// <summary>The output as text. The cap counts the tool's own text; the mark comes on top.</summary>
    public static string Cap(ReadOnlySpan<byte> utf8, int maxBytes)
    {
        if (utf8.Length <= maxBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        var end = maxBytes;
        while (end > 0 && (utf8[end] & 0b1100_0000) == 0b1000_0000)
        {
            // Never in the middle of a character.
            end--;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(utf8[..end])}\n[The output was cut here: it is longer than {maxBytes} bytes.]");
    }

    public static string Cap(string text, int maxBytes) => Cap(Encoding.UTF8.GetBytes(text), maxBytes);

    /// <summary>The beginning of what a tool says of its failure.</summary>
    public static string Error(string text) => text.Length <= 500 ? text : text[..(char.IsHighSurrogate(text[499]) ? 499 : 500)];

    /// <summary>Reads a stream up to a number of bytes.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var read = new MemoryStream();
        var buffer = new byte[Math.Min(maxBytes, 16 * 1024)];
        while (read.Length < maxBytes)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, maxBytes - read.Length)), cancellationToken);
            if (count == 0)
            {
                break;
            }

            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }
}
