using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools;

/// <summary>What the model may ask for: a tool's name, its schema, where it is run and what is promised about it.</summary>
/// <remarks>A definition grants tools by name. An MCP tool's description and schema come from its server, so they are missing here.</remarks>
public sealed record ToolDeclaration
{
    /// <summary>The name that the model sees, at most 64 letters, digits, <c>_</c> or <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the model is told that the tool does; null where the server says it.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON Schema of the arguments, of an object; null where the server says it.</summary>
    public Schema? Parameters { get; init; }

    /// <summary>What running it twice would do.</summary>
    public ToolEffect Effect { get; init; } = ToolEffect.Unkeyed;

    /// <summary>How long one run may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds((double)ToolFields.Timeout.Default);

    /// <summary>How long an output may be, in bytes of UTF-8.</summary>
    public int MaxOutputBytes { get; init; } = (int)ToolFields.MaxOutput.Default;

    /// <summary>Whether its success ends the workflow as completed.</summary>
    public bool EndsWorkflow { get; init; }

    /// <summary>Where it is run.</summary>
    public required ToolTarget Target { get; init; }

    /// <summary>Whether a name is one that the model can call.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= ToolFields.MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    public override string ToString() => Name;
}
