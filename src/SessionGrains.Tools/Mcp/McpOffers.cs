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
internal sealed class McpOffers(OutboundHandlers outbound, IConfiguration variables, IPinStore pins, ILogger<McpOffers> logger)
{
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

    public static string KeyOf(ToolDeclaration tool) => $"{tool.Name} {((ToolTarget.Mcp)tool.Target).Url}";

    /// <summary>The tools that a connected server offers, by its own names.</summary>
    public static async Task<Dictionary<string, Tool>> ListAsync(McpConnection connection, CancellationToken cancellationToken)
    {
        var offered = await connection.Client.ListToolsAsync(cancellationToken: cancellationToken);
        return offered.GroupBy(tool => tool.ProtocolTool.Name).ToDictionary(same => same.Key, same => same.First().ProtocolTool);
    }

    /// <summary>A declared tool with its server's words; null, and logged, when it is not offered or not the pinned one.</summary>
    public async Task<ToolDeclaration?> TakeAsync(ToolDeclaration declared, Dictionary<string, Tool> offered, CancellationToken cancellationToken)
    {
        var target = (ToolTarget.Mcp)declared.Target;
        if (!offered.TryGetValue(target.Tool, out var tool))
        {
            logger.ToolMissing(target.Server, declared.Name, "not offered");
            return null;
        }

        if (Hash(tool) is not { } hash || ReadParameters(tool) is not { } parameters)
        {
            logger.ToolMissing(target.Server, declared.Name, "its schema is not one of an object");
            return null;
        }

        if (await pins.PinAsync(KeyOf(declared), hash, cancellationToken) != hash)
        {
            logger.ToolChanged(declared.Name, target.Server);
            return null;
        }

        var description = tool.Description ?? tool.Title ?? tool.Name;
        return declared with
        {
            Description = description.Length > ToolFields.MaxDescriptionLength ? description[..ToolFields.MaxDescriptionLength] : description,
            Parameters = parameters,
        };
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
