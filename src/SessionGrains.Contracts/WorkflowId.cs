using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SessionGrains;

/// <summary>Names one workflow: <c>wf_</c> and 26 characters that hold 128 random bits.</summary>
/// <remarks>The prefix is no hexadecimal, so that the storage provider cannot fold two ids into one row.</remarks>
[GenerateSerializer, Immutable, Alias("SessionGrains.WorkflowId")]
public readonly record struct WorkflowId : IParsable<WorkflowId>
{
    public const string Prefix = "wf_";
    public const int RandomLength = 26;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    private static readonly SearchValues<char> AlphabetValues = SearchValues.Create(Alphabet);

    private WorkflowId(string value) => Value = value;

    [Id(0)]
    public string Value { get; }

    public static WorkflowId New() => new(Prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength));

    /// <summary>Reads an id; anything that <see cref="New"/> could not have made is no id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WorkflowId result)
    {
        var isId = s is not null && s.Length == Prefix.Length + RandomLength
            && s.StartsWith(Prefix, StringComparison.Ordinal)
            && !s.AsSpan(Prefix.Length).ContainsAnyExcept(AlphabetValues);
        result = isId ? new(s!) : default;
        return isId;
    }

    public static bool TryParse([NotNullWhen(true)] string? s, out WorkflowId result) => TryParse(s, null, out result);

    /// <exception cref="FormatException">The text is no workflow id.</exception>
    public static WorkflowId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("This is no workflow id.");

    public override string ToString() => Value;
}
