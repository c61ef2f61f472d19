using System.Collections.Immutable;
using SessionGrains.Tools.Files;

namespace SessionGrains.Tools;

/// <summary>The members of a tool file, their defaults and their bounds.</summary>
public static class ToolFields
{
    public const int MaxNameLength = 64;
    public const int MaxDescriptionLength = 4096;

    public static NumberField Timeout { get; } = new("timeout_seconds", 10, 1, 600);
    public static NumberField MaxOutput { get; } = new("max_output_bytes", 16_384, 1, 1_048_576);

    /// <summary>What every tool file may have.</summary>
    public static ImmutableArray<string> Root { get; } =
        ["$schema", "name", "description", "parameters", "effect", "timeout_seconds", "max_output_bytes", "ends_workflow", "http", "mcp"];

    /// <summary>What an MCP file may not have, because the server says it.</summary>
    public static ImmutableArray<string> HttpOnly { get; } = ["description", "parameters"];

    public static ImmutableArray<string> Http { get; } = ["url", "signing_secret_env", "allow_private_network"];

    public static ImmutableArray<string> Mcp { get; } = ["url", "tools", "bearer_env", "allow_private_network"];

    public static ImmutableArray<(string Word, ToolEffect Value)> Effects { get; } =
        [("read", ToolEffect.Read), ("keyed", ToolEffect.Keyed), ("unkeyed", ToolEffect.Unkeyed)];
}
