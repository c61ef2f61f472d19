using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using SessionGrains.Tools.Running;

namespace SessionGrains.Tools.Mcp;

/// <summary>Runs tools on MCP servers, as long as they are what was pinned.</summary>
internal sealed class McpTool(McpOffers offers, TimeProvider clock, ILogger<McpTool> logger) : IToolKind
{
    /// <summary>Where a server that honours our key finds it; the protocol itself has none.</summary>
    public const string KeyName = "sessiongrains/idempotency-key";

    public bool Runs(ToolTarget target) => target is ToolTarget.Mcp;

    public async Task<ToolAttempt> TryAsync(ToolRun run, CancellationToken cancellationToken)
    {
        var target = (ToolTarget.Mcp)run.Tool.Target;
        McpConnection? connection = null;
        try
        {
            connection = await offers.ConnectAsync(target, run.Leave, cancellationToken);
            var offered = await McpOffers.ListAsync(connection, cancellationToken);
            if (await offers.TakeAsync(run.Tool, offered, cancellationToken) is { Tool: null })
            {
                return run.Lost("The tool is disabled: its server does not offer it as it was checked. An operator has to look at it.");
            }

            return Read(run, await connection.Client.CallToolAsync(Call(run, target), cancellationToken));
        }
        catch (Exception fault) when (McpFaults.IsOfServer(fault) || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.NoAnswer(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name, McpFaults.KindOf(fault));
            if (McpFaults.IsRefusal(fault))
            {
                run.TurnedAway();
            }

            var words = fault is McpProtocolException ? ToolOutput.Error(fault.Message) : "The tool's server gave no answer.";
            return new(run.Lost(words), IsWorthRepeating: !McpFaults.IsFinal(fault));
        }
        finally
        {
            connection?.Close(clock);
        }
    }

    private static CallToolRequestParams Call(ToolRun run, ToolTarget.Mcp target) => new()
    {
        Name = target.Tool,
        Arguments = run.Request.Arguments.EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
        Meta = run.Tool.Effect == ToolEffect.Keyed ? new JsonObject { [KeyName] = run.Request.IdempotencyKey } : null,
    };

    private static ToolAttempt Read(ToolRun run, CallToolResult result)
    {
        var text = string.Join('\n', result.Content.Select(block => block is TextContentBlock words ? words.Text : $"[{block.Type} left out]"));
        if (result.IsError == true)
        {
            // Of an attempt before that nobody heard of it says nothing.
            run.TurnedAway();
            return run.Lost(string.IsNullOrWhiteSpace(text) ? "The tool failed." : ToolOutput.Error(text));
        }

        var output = result.Content.Count == 0 && result.StructuredContent is { } structured ? structured.GetRawText() : text;
        return new ToolResult.Completed(ToolOutput.Cap(output, run.Tool.MaxOutputBytes), run.Tool.EndsWorkflow);
    }
}
