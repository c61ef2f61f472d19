using System.Text;

namespace SessionGrains.Testing.Hosts;

/// <summary>Follows a ledger that somebody else is writing, line by line.</summary>
internal sealed class LedgerTail(string file)
{
    private long read;

    /// <summary>The lines that were written since the last time.</summary>
    public IReadOnlyList<string> Next()
    {
        using var ledger = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        ledger.Position = read;
        var bytes = new byte[ledger.Length - read];
        ledger.ReadExactly(bytes);
        // The last line may be half written.
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        read += whole;
        return Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
