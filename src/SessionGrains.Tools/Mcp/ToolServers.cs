using Microsoft.Extensions.Logging;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Mcp;

/// <summary>Lists MCP servers for the catalog.</summary>
internal sealed class ToolServers(McpOffers offers, IPinStore pins, TimeProvider clock, ILogger<ToolServers> logger) : IToolServers
{
    private static readonly TimeSpan ListTime = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<ToolDeclaration>> ListAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken)
    {
        var servers = declared.Where(tool => tool.Target is ToolTarget.Mcp)
            .GroupBy(tool => (ToolTarget.Mcp)tool.Target with { Tool = "" })
            .Select(server => ListAsync(server.Key, [.. server], cancellationToken));
        return [.. (await Task.WhenAll(servers)).SelectMany(tools => tools)];
    }

    public async Task<IReadOnlyList<ToolDeclaration>> ReloadAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken)
    {
        foreach (var tool in declared.Where(tool => tool.Target is ToolTarget.Mcp))
        {
            await pins.ForgetAsync(McpOffers.KeyOf(tool), cancellationToken);
        }

        return await ListAsync(declared, cancellationToken);
    }

    private async Task<IReadOnlyList<ToolDeclaration>> ListAsync(ToolTarget.Mcp server, ToolDeclaration[] declared, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(ListTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        McpConnection? connection = null;
        try
        {
            connection = await offers.ConnectAsync(server, () => { }, either.Token);
            var offered = await McpOffers.ListAsync(connection, either.Token);
            var tools = new List<ToolDeclaration>();
            foreach (var tool in declared)
            {
                if (await offers.TakeAsync(tool, offered, cancellationToken) is { } taken)
                {
                    tools.Add(taken);
                }
            }

            return tools;
        }
        catch (Exception fault) when (McpFaults.IsOfServer(fault) || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.ServerUnreachable(server.Server, McpFaults.KindOf(fault));
            return [];
        }
        finally
        {
            connection?.Close(clock);
        }
    }
}
