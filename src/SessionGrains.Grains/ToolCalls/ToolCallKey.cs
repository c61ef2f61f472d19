using System.Security.Cryptography;
using System.Text;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>Names one call of one workflow, as the grain's key does.</summary>
internal readonly record struct ToolCallKey(WorkflowId Workflow, ToolCallId Call)
{
    private const char Separator = '/';

    /// <exception cref="FormatException">The text is no such key.</exception>
    public static ToolCallKey Parse(string key)
    {
        var end = key.IndexOf(Separator, StringComparison.Ordinal);
        return end < 0
            ? throw new FormatException("This is no key of a tool call.")
            : new(WorkflowId.Parse(key[..end]), ToolCallId.Parse(key[(end + 1)..]));
    }

    /// <summary>The same for every attempt of this call, of no other call, and no secret: it says nothing to whoever reads it.</summary>
    public string IdempotencyKeyFor(string tool)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (ReadOnlySpan<string>)[Workflow.Value, Call.Value, tool])
        {
            // Lengths go in too: ("ab", "c") and ("a", "bc") are two calls.
            var bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return System.Buffers.Text.Base64Url.EncodeToString(hash.GetHashAndReset());
    }

    public override string ToString() => $"{Workflow}{Separator}{Call}";
}
