using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionGrains.Tools;
using SessionGrains.Tools.Mcp;

namespace SessionGrains.Grains.Definitions;

/// <summary>Asks MCP servers for the tools that files declare, in the background: neither a start nor a reload waits for a server.</summary>
internal sealed class ToolListing : BackgroundService
{
    /// <summary>How often servers are asked again whose tools are missing.</summary>
    public static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(30);

    /// <summary>How soon at the earliest, however often somebody looks for a missing tool.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> knocks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly DefinitionCatalog catalog;
    private readonly IToolServers servers;
    private readonly IHostApplicationLifetime host;
    private readonly TimeProvider clock;
    private readonly ILogger<ToolListing> logger;

    // By the whole declaration: what was said for another text of a file is not looked at.
    private ImmutableDictionary<ToolDeclaration, ToolOffer> offers = ImmutableDictionary<ToolDeclaration, ToolOffer>.Empty;

    public ToolListing(DefinitionCatalog catalog, IToolServers servers, IHostApplicationLifetime host, TimeProvider clock, ILogger<ToolListing> logger)
    {
        (this.catalog, this.servers, this.host, this.clock, this.logger) = (catalog, servers, host, clock, logger);
        catalog.Loaded += _ => Knock();
        servers.Disabled += Disable;
    }

    /// <summary>The tool with its server's words; null when they are not known, or not what was pinned.</summary>
    public ToolDeclaration? Find(ToolDeclaration declared) => Volatile.Read(ref offers).GetValueOrDefault(declared)?.Tool;

    /// <summary>Whether its server has not been heard of yet.</summary>
    public bool IsAwaited(ToolDeclaration declared) =>
        !Volatile.Read(ref offers).TryGetValue(declared, out var offer) || offer is { Tool: null, IsDisabled: false };

    /// <summary>Asks soon for what is missing.</summary>
    public void Knock() => knocks.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Pins are kept where the workflows are, and that is ready when the host has started.
        await WaitFor(host.ApplicationStarted, stoppingToken);
        await using var retry = clock.CreateTimer(_ => Knock(), null, RetryEvery, RetryEvery);
        Knock();
        while (await knocks.Reader.WaitToReadAsync(stoppingToken))
        {
            knocks.Reader.TryRead(out _);
            await ListMissing(stoppingToken);
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private async Task ListMissing(CancellationToken cancellationToken)
    {
        var declared = catalog.Tools.Where(tool => tool.Target is ToolTarget.Mcp).ToImmutableHashSet();
        Update(all => all.RemoveRange(all.Keys.Where(tool => !declared.Contains(tool))));
        await Task.WhenAll(declared.Where(IsAwaited).GroupBy(tool => ((ToolTarget.Mcp)tool.Target).Server).Select(server => List(server.Key, [.. server], cancellationToken)));
    }

    private async Task List(string server, ToolDeclaration[] declared, CancellationToken cancellationToken)
    {
        try
        {
            var listed = await servers.ListAsync(declared, cancellationToken);
            Update(all => all.SetItems(listed.Select(offer => KeyValuePair.Create(offer.Declared, offer))));
        }
#pragma warning disable CA1031 // Whatever went wrong with one server or with the pins, the tools stay missing and are asked for again.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            logger.ToolsNotListed(server, fault.GetType().Name);
        }
    }

    private void Disable(ToolDeclaration tool) => Update(all => all.SetItems(
        all.Keys.Where(declared => declared.Target == tool.Target)
            .Select(declared => KeyValuePair.Create(declared, new ToolOffer(declared, null, IsDisabled: true)))));

    private void Update(Func<ImmutableDictionary<ToolDeclaration, ToolOffer>, ImmutableDictionary<ToolDeclaration, ToolOffer>> change) =>
        ImmutableInterlocked.Update(ref offers, change);

    private static async Task WaitFor(CancellationToken signal, CancellationToken cancellationToken)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = signal.Register(signalled.SetResult);
        await signalled.Task.WaitAsync(cancellationToken);
    }
}
