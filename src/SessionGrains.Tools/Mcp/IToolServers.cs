namespace SessionGrains.Tools.Mcp;

/// <summary>Asks MCP servers what their tools are.</summary>
public interface IToolServers
{
    /// <summary>Raised when a tool turns out not to be what was pinned, also while it is called.</summary>
    event Action<ToolDeclaration>? Disabled;

    /// <summary>The declared MCP tools with the description and schema of their servers, pinned when first seen.</summary>
    /// <remarks>What a server does not offer, what has changed since it was pinned, and what cannot be reached is logged and has no tool.</remarks>
    Task<IReadOnlyList<ToolOffer>> ListAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken);
}
