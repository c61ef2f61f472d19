namespace SessionGrains.Tools;

/// <summary>Where a tool is run.</summary>
public abstract record ToolTarget
{
    private ToolTarget()
    {
    }

    /// <summary>In this process, by code that is registered under the tool's name.</summary>
    public sealed record Code : ToolTarget;

    /// <summary>By an HTTP request to the operator's own application.</summary>
    /// <param name="SigningSecretEnv">The variable that holds the Standard Webhooks secret; unsigned without one.</param>
    public sealed record Http(Uri Url, string? SigningSecretEnv, bool AllowPrivateNetwork) : ToolTarget;

    /// <summary>By an MCP server, under the name that it has there.</summary>
    /// <param name="BearerEnv">The variable that holds the bearer token; none is sent without one.</param>
    public sealed record Mcp(string Server, string Tool, Uri Url, string? BearerEnv, bool AllowPrivateNetwork) : ToolTarget
    {
        /// <summary>The hash of the file that declares it: what the server says is pinned anew for each; empty where no file does.</summary>
        public string Revision { get; init; } = "";
    }
}
