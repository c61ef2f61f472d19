using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>Appends lines and syncs them; lines that wait together share one sync.</summary>
internal sealed class LedgerFile : IAsyncDisposable
{
    private static readonly byte[] LineEnd = [(byte)'\n'];

    private readonly Channel<(byte[] Line, TaskCompletionSource Synced)> waiting =
        Channel.CreateUnbounded<(byte[], TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly FileStream stream;
    private readonly Task writing;

    public LedgerFile(string path)
    {
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        writing = Write();
    }

    /// <summary>The number of the last whole entry of an earlier run, so that a restarted emulator goes on counting.</summary>
    public static long LastSeq(string path) =>
        File.Exists(path) && File.ReadLines(path).LastOrDefault(line => line.EndsWith('}')) is { } last
            ? JsonNode.Parse(last)!["seq"]!.GetValue<long>()
            : 0;

    public Task Append(byte[] line)
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
            try
            {
                while (waiting.Reader.TryRead(out var next))
                {
                    batch.Add(next.Synced);
                    await stream.WriteAsync(next.Line);
                    await stream.WriteAsync(LineEnd);
                }

                stream.Flush(flushToDisk: true);
                batch.ForEach(synced => synced.SetResult());
            }
            catch (IOException e)
            {
                // Whoever waits for the entry must not act as if it were recorded.
                batch.ForEach(synced => synced.TrySetException(e));
            }

            batch.Clear();
        }
    }
}
