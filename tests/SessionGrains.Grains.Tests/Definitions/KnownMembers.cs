using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>One member that a reader knows, as a path such as <c>limits.max_secrets</c>.</summary>
internal sealed record KnownMember(string Path, NumberField? Number = null, ImmutableArray<string> Words = default);

/// <summary>Every member that the readers know, which schemas and documentation must know as well.</summary>
internal static class KnownMembers
{
    public static ImmutableArray<KnownMember> OfDefinition { get; } =
    [
        .. Plain("", DefinitionFields.Root.Except(["mode", "guard"])),
        new("mode", Words: [.. DefinitionFields.Modes.Select(word => word.Word)]),
        new("guard", Words: [.. DefinitionFields.Guards.Select(word => word.Word)]),
        .. Plain("allow.", DefinitionFields.Allow),
        .. Plain("tools[].", DefinitionFields.Tool.Except(["approval", "max_calls"])),
        new("tools[].approval", Words: [.. DefinitionFields.Approvals.Select(word => word.Word)]),
        new("tools[].max_calls", DefinitionFields.MaxCalls),
        .. DefinitionFields.Limits.Select(field => new KnownMember($"limits.{field.Name}", field)),
        .. DefinitionFields.Quotas.Select(field => new KnownMember($"quotas.{field.Name}", field)),
        new($"quotas.{DefinitionFields.WhenUserIsFull}", Words: [.. DefinitionFields.WhenFull.Select(word => word.Word)]),
        .. Plain("authorizer.", DefinitionFields.Authorizer.Except(["timeout_ms"])),
        new("authorizer.timeout_ms", DefinitionFields.AuthorizerTimeout),
    ];

    public static ImmutableArray<KnownMember> OfTool { get; } =
    [
        .. Plain("", ToolFields.Root.Except(["effect", "timeout_seconds", "max_output_bytes"])),
        new("effect", Words: [.. ToolFields.Effects.Select(word => word.Word)]),
        new(ToolFields.Timeout.Name, ToolFields.Timeout),
        new(ToolFields.MaxOutput.Name, ToolFields.MaxOutput),
        .. Plain("http.", ToolFields.Http),
        .. Plain("mcp.", ToolFields.Mcp),
    ];

    private static IEnumerable<KnownMember> Plain(string prefix, IEnumerable<string> names) => names.Select(name => new KnownMember(prefix + name));
}
