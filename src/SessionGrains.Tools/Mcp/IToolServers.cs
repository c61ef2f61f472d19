namespace SessionGrains.Tools.Mcp;

/// <summary>Asks MCP servers what their tools are.</summary>
public interface IToolServers
{
    /// <summary>The declared MCP tools with the description and schema of their servers, pinned when first seen.</summary>
    /// <remarks>Left out, and logged, is what a server does not offer, what has changed since it was pinned, and what cannot be reached.</remarks>
    Task<IReadOnlyList<ToolDeclaration>> ListAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken);

    /// <summary>As <see cref="ListAsync"/>, after an operator has decided that what the servers say now is right.</summary>
    Task<IReadOnlyList<ToolDeclaration>> ReloadAsync(IReadOnlyList<ToolDeclaration> declared, CancellationToken cancellationToken);
}
