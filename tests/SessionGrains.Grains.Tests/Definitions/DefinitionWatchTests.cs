using Microsoft.Extensions.Time.Testing;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>How a change is noticed.</summary>
public sealed class DefinitionWatchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_change_that_is_announced_is_loaded_without_waiting_for_the_next_comparison()
    {
        folder.Write("a.json", Texts.With());
        using var host = new TestHost(folder, configure: builder => builder.Configuration["SessionGrains:ReloadEvery"] = "01:00:00");
        await host.Start();
        var loaded = host.NextLoad();

        // Written as editors do: a new file takes the place of the old one.
        folder.Write("a.json.tmp", Texts.With(("guard", "\"end\"")));
        File.Move(Path.Combine(folder.Definitions, "a.json.tmp"), Path.Combine(folder.Definitions, "a.json"), overwrite: true);

        var set = await loaded.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Guard.End, set.Definitions["intake"].Guard);
    }

    [Fact]
    public async Task A_change_that_nobody_announces_is_found_by_comparing()
    {
        // A mounted volume: the files are links through a folder that is exchanged as a whole, so that no file of ours changes.
        var volume = Path.Combine(folder.Root, "volume");
        WriteVersion("v1", "\"revert\"");
        WriteVersion("v2", "\"end\"");
        Directory.CreateSymbolicLink(volume, "v1");
        File.CreateSymbolicLink(Path.Combine(folder.Definitions, "a.json"), Path.Combine("..", "volume", "a.json"));
        var clock = new FakeTimeProvider();
        using var host = new TestHost(folder, clock);
        await host.Start();

        // The watch looks once by itself when it begins, so only the second exchange proves that it goes on comparing.
        foreach (var (version, guard) in new[] { ("v2", Guard.End), ("v1", Guard.Revert) })
        {
            var loaded = host.NextLoad();
            Directory.Delete(volume);
            Directory.CreateSymbolicLink(volume, version);

            Assert.Equal(guard, (await DriveUntil(loaded, clock)).Definitions["intake"].Guard);
        }
    }

    [Fact]
    public async Task A_bad_change_does_not_end_the_watch()
    {
        folder.Write("a.json", Texts.With());
        var clock = new FakeTimeProvider();
        using var host = new TestHost(folder, clock);
        await host.Start();

        folder.Write("a.json", "{");
        await DriveUntil(() => host.ReloadFailures > 0, clock);
        var loaded = host.NextLoad();
        folder.Write("a.json", Texts.With(("guard", "\"end\"")));

        Assert.Equal(Guard.End, (await DriveUntil(loaded, clock)).Definitions["intake"].Guard);
        Assert.Equal(1, host.ReloadFailures);
    }

    private void WriteVersion(string version, string guard) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder.Root, version)).FullName, "a.json"), Texts.With(("guard", guard)));

    private static async Task<T> DriveUntil<T>(Task<T> signal, FakeTimeProvider clock)
    {
        await DriveUntil(() => signal.IsCompleted, clock);
        return await signal;
    }

    // The watch waits on this clock twice for each look, so the clock goes on until the look has happened.
    private static async Task DriveUntil(Func<bool> isDone, FakeTimeProvider clock)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isDone())
        {
            patience.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
