using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>The truth that tests check against: all that was received and done, in order, on disk before a reply leaves.</summary>
internal sealed class Ledger : IAsyncDisposable
{
    private const int KeptInMemory = 200_000;

    private readonly Lock gate = new();
    private readonly Queue<LedgerEntry> entries = new();
    private readonly LedgerFile? file;
    private long lastSeq;

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
            entries.Enqueue(entry);
            if (entries.Count > KeptInMemory)
            {
                entries.Dequeue();
            }

            return file?.Append(JsonSerializer.Serialize(entry, Json.Options)) ?? Task.CompletedTask;
        }
    }

    public IReadOnlyList<LedgerEntry> After(long seq)
    {
        lock (gate)
        {
            return [.. entries.Where(e => e.Seq > seq)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (file is not null)
        {
            await file.DisposeAsync();
        }
    }
}
