using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.Stages;

/// <summary>Looks at what a process takes, after it has thrown away what it does not need.</summary>
internal static class Looks
{
    private const long CollectHeap = 0x800000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Memory of its own and open sockets; null when the process is gone.</summary>
    public static async Task<Footprint?> At(string name, int process)
    {
        try
        {
            await Collect(process);
            var memory = (await File.ReadAllLinesAsync($"/proc/{process}/status")).First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
            var kilobytes = long.Parse(memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null);
            return new(TimeProvider.System.GetUtcNow(), name, kilobytes * 1024, Sockets(process));
        }
        catch (Exception e) when (e is IOException or ServerNotAvailableException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>A full collection, which the runtime does for whoever begins to listen to its heap.</summary>
    private static async Task Collect(int process)
    {
        using var session = await new DiagnosticsClient(process).StartEventPipeSessionAsync(
            [new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectHeap)], requestRundown: false, 16, CancellationToken.None);
        var reading = session.EventStream.CopyToAsync(Stream.Null);
        await session.StopAsync(CancellationToken.None);
        await reading.WaitAsync(Patience);
    }

    private static int Sockets(int process) => Directory.EnumerateFiles($"/proc/{process}/fd")
        .Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) is true);
}
