using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>Appends lines and syncs them; lines that wait together share one sync.</summary>
internal sealed class LedgerFile : IAsyncDisposable
{
    private readonly Channel<(string Line, TaskCompletionSource Synced)> waiting =
        Channel.CreateUnbounded<(string, TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly FileStream stream;
    private readonly Task writing;

    public LedgerFile(string path)
    {
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        writing = Write();
    }

    /// <summary>The number of the last entry of an earlier run, so that a restarted emulator goes on counting.</summary>
    public static long LastSeq(string path) =>
        File.Exists(path) && File.ReadLines(path).LastOrDefault(line => line.EndsWith('}')) is { } last
            ? JsonNode.Parse(last)!["seq"]!.GetValue<long>()
            : 0;

    public Task Append(string line)
    {
        var synced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return waiting.Writer.TryWrite((line, synced)) ? synced.Task : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
        await stream.DisposeAsync();
    }

    private async Task Write()
    {
        var batch = new List<TaskCompletionSource>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            while (waiting.Reader.TryRead(out var next))
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(next.Line + "\n"));
                batch.Add(next.Synced);
            }

            stream.Flush(flushToDisk: true);
            batch.ForEach(synced => synced.SetResult());
            batch.Clear();
        }
    }
}
