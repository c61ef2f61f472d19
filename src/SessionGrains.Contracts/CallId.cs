using System.Diagnostics.CodeAnalysis;

namespace SessionGrains;

/// <summary>Names one call at OpenAI: <c>rtc_</c> and up to 128 letters, digits, <c>_</c> or <c>-</c>.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.CallId")]
public readonly record struct CallId : IParsable<CallId>
{
    public const string Prefix = "rtc_";
    public const int MaxLength = 128;

    private CallId(string value) => Value = value;

    [Id(0)]
    public string Value { get; }

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CallId result)
    {
        var isId = s is { Length: > 4 and <= MaxLength } && s.StartsWith(Prefix, StringComparison.Ordinal)
            && s.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        result = isId ? new(s!) : default;
        return isId;
    }

    public static bool TryParse([NotNullWhen(true)] string? s, out CallId result) => TryParse(s, null, out result);

    /// <exception cref="FormatException">The text is no call id.</exception>
    public static CallId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("This is no call id.");

    public override string ToString() => Value;
}
