using System.Diagnostics.CodeAnalysis;

namespace SessionGrains;

/// <summary>Names one tool call of a workflow, as the model named it: up to 128 letters, digits, <c>_</c>, <c>-</c> or <c>.</c>.</summary>
/// <remarks>OpenAI does not promise that an id is unique across sessions, so it means something only together with its workflow.</remarks>
[GenerateSerializer, Immutable, Alias("SessionGrains.ToolCallId")]
public readonly record struct ToolCallId : IParsable<ToolCallId>
{
    public const int MaxLength = 128;

    private ToolCallId(string value) => Value = value;

    [Id(0)]
    public string Value { get; }

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ToolCallId result)
    {
        var isId = s is { Length: > 0 and <= MaxLength } && s.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        result = isId ? new(s!) : default;
        return isId;
    }

    public static bool TryParse([NotNullWhen(true)] string? s, out ToolCallId result) => TryParse(s, null, out result);

    /// <exception cref="FormatException">The text is no tool call id.</exception>
    public static ToolCallId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("This is no tool call id.");

    public override string ToString() => Value;
}
