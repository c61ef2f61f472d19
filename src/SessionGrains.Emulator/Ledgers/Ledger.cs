using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>The truth that tests check against: all that was received and done, in order, on disk before a reply leaves.</summary>
internal sealed class Ledger : IAsyncDisposable
{
    private const long KeptInMemory = 256 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<(long Seq, byte[] Json)> entries = new();
    private readonly LedgerFile? file;
    private long lastSeq;
    private long bytes;

    public Ledger(EmulatorOptions options)
    {
        if (options.LedgerFile is { } path)
        {
            lastSeq = LedgerFile.LastSeq(path);
            file = new LedgerFile(path);
        }
    }

    /// <summary>Adds an entry; the task completes once it is on disk, if a file is configured.</summary>
    public Task Record(
        string kind, string? callId = null, string? sessionId = null, string? secretId = null, int? status = null, JsonObject? details = null)
    {
        lock (gate)
        {
            // The monotonic clock counts from the machine's start, so several processes' records can be joined.
            var at = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            var atMs = (long)TimeProvider.System.GetElapsedTime(0, TimeProvider.System.GetTimestamp()).TotalMilliseconds;
            var entry = new LedgerEntry(++lastSeq, at, atMs, kind, callId, sessionId, secretId, status, details ?? []);
            var json = JsonSerializer.SerializeToUtf8Bytes(entry, Json.Options);
            Keep(json);
            return file?.Append(json) ?? Task.CompletedTask;
        }
    }

    /// <summary>The entries after a number, each as the JSON that is in the file.</summary>
    public IReadOnlyList<byte[]> After(long seq)
    {
        lock (gate)
        {
            return [.. entries.Where(e => e.Seq > seq).Select(e => e.Json)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (file is not null)
        {
            await file.DisposeAsync();
        }
    }

    /// <summary>Forgets the oldest where there are too many; the file has them all.</summary>
    private void Keep(byte[] json)
    {
        entries.Enqueue((lastSeq, json));
        bytes += json.Length;
        while (bytes > KeptInMemory)
        {
            bytes -= entries.Dequeue().Json.Length;
        }
    }
}
