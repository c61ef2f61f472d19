using Microsoft.Extensions.Logging;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Mcp;

/// <summary>Lists MCP servers for the catalog.</summary>
internal sealed class ToolServers(McpOffers offers, TimeProvider clock, ILogger<ToolServers> logger) : IToolServers
{
    private static readonly TimeSpan ListTime = TimeSpan.FromSeconds(10);

    public event Action<ToolDeclaration>? Disabled
    {
        add => offers.Disabled += value;
        remove => offers.Disabled -= value;
    }

    public async Task<IReadOnlyList<ToolOffer>> ListAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken)
    {
        var servers = declared.Where(tool => tool.Target is ToolTarget.Mcp)
            .GroupBy(tool => (ToolTarget.Mcp)tool.Target with { Tool = "" })
            .Select(server => ListAsync(server.Key, [.. server], cancellationToken));
        return [.. (await Task.WhenAll(servers)).SelectMany(tools => tools)];
    }

    private async Task<IReadOnlyList<ToolOffer>> ListAsync(ToolTarget.Mcp server, ToolDeclaration[] declared, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(ListTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        McpConnection? connection = null;
        try
        {
            connection = await offers.ConnectAsync(server, () => { }, either.Token);
            var offered = await McpOffers.ListAsync(connection, either.Token);
            var tools = new List<ToolOffer>();
            foreach (var tool in declared)
            {
                tools.Add(await offers.TakeAsync(tool, offered, cancellationToken));
            }

            return tools;
        }
        catch (Exception fault) when (McpFaults.IsOfServer(fault) || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.ServerUnreachable(server.Server, McpFaults.KindOf(fault));
            return [.. declared.Select(tool => new ToolOffer(tool, null))];
        }
        finally
        {
            connection?.Close(clock);
        }
    }
}
