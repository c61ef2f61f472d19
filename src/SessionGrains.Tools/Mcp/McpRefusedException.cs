namespace SessionGrains.Tools.Mcp;

/// <summary>An MCP server is not even connected to, for a reason in its declaration.</summary>
internal sealed class McpRefusedException(string reason) : Exception(reason);
