namespace SessionGrains.Tools.Running;

/// <summary>Runs tools: in this process, over HTTP and on MCP servers.</summary>
public interface IToolRunner
{
    /// <summary>Runs a tool once, as its effect allows; it never throws for what a tool does.</summary>
    /// <remarks>
    /// Cancellation ends a running tool and gives a result too: failed where certainly nothing happened, unknown elsewhere.
    /// A tool that ignores the cancellation is left behind after 5 seconds.
    /// </remarks>
    Task<ToolResult> RunAsync(ToolDeclaration tool, ToolRequest request, CancellationToken cancellationToken);
}
