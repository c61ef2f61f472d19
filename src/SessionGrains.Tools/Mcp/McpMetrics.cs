using System.Diagnostics.Metrics;

namespace SessionGrains.Tools.Mcp;

/// <summary>Counts what an operator wants to be woken for: tools that are not what was pinned any more.</summary>
internal sealed class McpMetrics(IMeterFactory meters)
{
    public const string Meter = "SessionGrains";
    public const string ToolsDisabled = "sessiongrains.tools.disabled";

    private readonly Counter<long> disabled =
        meters.Create(Meter).CreateCounter<long>(ToolsDisabled, "{tool}", "MCP tools that were disabled because they are not what was pinned.");

    public void CountDisabled(string tool) => disabled.Add(1, new KeyValuePair<string, object?>("tool", tool));
}
