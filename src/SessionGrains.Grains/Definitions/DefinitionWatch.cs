using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains.Definitions;

/// <summary>Loads the catalog before anything else starts, and again whenever a file changes.</summary>
/// <remarks>Mounted volumes often announce no change, so the folders are compared every few seconds as well.</remarks>
internal sealed class DefinitionWatch(
    DefinitionCatalog catalog, DefinitionFolders folders, IOptions<DefinitionOptions> options, TimeProvider clock, ILogger<DefinitionWatch> logger)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>An editor writes a file in several steps; this lets it finish.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    private readonly Channel<bool> knocks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        catalog.Load();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var definitions = Watch(folders.Definitions);
        using var tools = Watch(folders.Tools);
        await using var poll = clock.CreateTimer(_ => Knock(), null, options.Value.ReloadEvery, options.Value.ReloadEvery);

        // What changed between loading and watching was announced to nobody.
        Knock();
        while (await knocks.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Settling, clock, stoppingToken);
            knocks.Reader.TryRead(out _);
            catalog.Reload();
        }
    }

    private FileSystemWatcher? Watch(string folder)
    {
        if (!Directory.Exists(folder))
        {
            // It may never be wanted; should it appear, the comparison finds it.
            return null;
        }

        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new(folder, DefinitionFolders.Pattern);
            watcher.Changed += (_, _) => Knock();
            watcher.Created += (_, _) => Knock();
            watcher.Deleted += (_, _) => Knock();
            watcher.Renamed += (_, _) => Knock();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception failed) when (failed is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // A folder that vanished this moment, or a machine that has run out of watches.
            watcher?.Dispose();
            logger.FolderNotWatched(folder, failed.GetType().Name);
            return null;
        }
    }

    private void Knock() => knocks.Writer.TryWrite(true);
}
