using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using SessionGrains.Chaos.Oracle;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Chaos.Stages;

/// <summary>Looks at what a process takes, after it has thrown away what it does not need.</summary>
internal static class Looks
{
    private const long CollectHeap = 0x800000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What is alive on its heap, the memory that it has of its own, and its open sockets; null when the process is gone.</summary>
    public static async Task<Footprint?> At(string name, HostProcess host)
    {
        try
        {
            await Collect(host.Id);
            var resident = (await File.ReadAllLinesAsync($"/proc/{host.Id}/status")).First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
            return new(TimeProvider.System.GetUtcNow(), name, await Heap(host), Sockets(host.Id)) { Resident = long.Parse(Words(resident)[1], null) * 1024 };
        }
        catch (Exception e) when (e is IOException or ServerNotAvailableException or TimeoutException or HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>All generations after the last collection, as the process itself says.</summary>
    private static async Task<long> Heap(HostProcess host) =>
        (long?)await host.Metric("dotnet_gc_last_collection_heap_size_bytes") ?? throw new InvalidOperationException($"{host.Url} does not say how large its heap is.");

    private static string[] Words(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

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
