using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Outbound;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools.Mcp;

/// <summary>What MCP servers offer, held against what was pinned.</summary>
internal sealed class McpOffers(OutboundHandlers outbound, IConfiguration variables, IPinStore pins, McpMetrics metrics, ILogger<McpOffers> logger)
{
    /// <summary>Raised when a tool turns out not to be what was pinned.</summary>
    public event Action<ToolDeclaration>? Disabled;

    /// <summary>Connects to the server of a tool. What keeps it from being connected is thrown as <see cref="McpRefusedException"/>.</summary>
    public async Task<McpConnection> ConnectAsync(ToolTarget.Mcp target, Action onCall, CancellationToken cancellationToken)
    {
        if (OutboundHandlers.Refuse(target.Url, target.AllowPrivateNetwork) is { } refusal)
        {
            throw new McpRefusedException(refusal);
        }

        var bearer = target.BearerEnv is { } variable ? variables[variable] : null;
        if (target.BearerEnv is not null && string.IsNullOrWhiteSpace(bearer))
        {
            throw new McpRefusedException($"{target.BearerEnv} holds no token");
        }

        return await McpConnection.OpenAsync(target, bearer, outbound.For(target.AllowPrivateNetwork), onCall, cancellationToken);
    }

    /// <summary>The tools that a connected server offers, by its own names.</summary>
    public static async Task<Dictionary<string, Tool>> ListAsync(McpConnection connection, CancellationToken cancellationToken)
    {
        var offered = await connection.Client.ListToolsAsync(cancellationToken: cancellationToken);
        return offered.GroupBy(tool => tool.ProtocolTool.Name).ToDictionary(same => same.Key, same => same.First().ProtocolTool);
    }

    /// <summary>A declared tool with its server's words; without them, and logged, when it is not offered or not the pinned one.</summary>
    public async Task<ToolOffer> TakeAsync(ToolDeclaration declared, Dictionary<string, Tool> offered, CancellationToken cancellationToken)
    {
        var target = (ToolTarget.Mcp)declared.Target;
        if (!offered.TryGetValue(target.Tool, out var tool))
        {
            logger.ToolMissing(target.Server, declared.Name, "not offered");
            return new(declared, null);
        }

        if (Hash(tool) is not { } hash || ReadParameters(tool) is not { } parameters)
        {
            logger.ToolMissing(target.Server, declared.Name, "its schema is not one of an object");
            return new(declared, null);
        }

        var key = KeyOf(declared.Name, target);
        if (await pins.PinAsync(key, hash, cancellationToken) != hash)
        {
            await DisableAsync(declared, key, cancellationToken);
            return new(declared, null, IsDisabled: true);
        }

        var description = tool.Description ?? tool.Title ?? tool.Name;
        return new(declared, declared with
        {
            Description = description.Length > ToolFields.MaxDescriptionLength ? description[..ToolFields.MaxDescriptionLength] : description,
            Parameters = parameters,
        });
    }

    // Another text of the file has pins of its own: an operator has looked at it, and silos that still have the old text keep theirs.
    private static string KeyOf(string name, ToolTarget.Mcp target) => $"{name} {(target.Revision.Length > 0 ? target.Revision : target.Url)}";

    // It stays disabled when the server takes its words back: what it says to those who look may not be what it says to others.
    private async Task DisableAsync(ToolDeclaration tool, string key, CancellationToken cancellationToken)
    {
        var server = ((ToolTarget.Mcp)tool.Target).Server;
        if (await pins.BreakAsync(key, cancellationToken))
        {
            metrics.CountDisabled(tool.Name);
            logger.ToolChanged(tool.Name, server);
        }
        else
        {
            logger.ToolStaysDisabled(tool.Name, server);
        }

        Disabled?.Invoke(tool);
    }

    // Rules of the server's schema that we do not know are left to the server; what we know is checked.
    private static Schema? ReadParameters(Tool tool)
    {
        var schema = Schema.Read(tool.InputSchema, JsonPath.Root, new FileFaults(tool.Name));
        return schema.IsOfObject ? schema : null;
    }

    private static string? Hash(Tool tool)
    {
        try
        {
            var words = JsonSerializer.SerializeToElement(new { tool.Title, tool.Description, tool.InputSchema, tool.OutputSchema });
            return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonText.Canonical(words))))}";
        }
        catch (Exception broken) when (broken is InvalidOperationException or ArgumentException or JsonException)
        {
            // Half a surrogate pair: no text that could be shown to a model.
            return null;
        }
    }
}
