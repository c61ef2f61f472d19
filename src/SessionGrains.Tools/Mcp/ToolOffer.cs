namespace SessionGrains.Tools.Mcp;

/// <summary>A declared MCP tool, and what came of asking its server for it.</summary>
/// <param name="Tool">The tool with the server's description and schema; null when it cannot be used.</param>
/// <param name="IsDisabled">Whether it is not what was pinned, so that only a change of its file helps, not asking again.</param>
public sealed record ToolOffer(ToolDeclaration Declared, ToolDeclaration? Tool, bool IsDisabled = false);
