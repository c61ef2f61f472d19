using System.Text.RegularExpressions;

namespace SessionGrains.Grains.Definitions;

/// <summary>Finds and fills <c>{{inputs.x}}</c> and <c>{{user.claim}}</c> in a text.</summary>
internal static partial class PlaceholderText
{
    public const string Inputs = "inputs.";
    public const string User = "user.";

    /// <summary>The names between the braces, in order, right or wrong.</summary>
    public static IEnumerable<string> Names(string text) => Pattern().Matches(text).Select(NameOf);

    /// <summary>Whether braces open that no placeholder closes.</summary>
    public static bool HasLooseBraces(string text) => Pattern().Replace(text, "").Contains("{{", StringComparison.Ordinal);

    /// <summary>Puts values in, in one pass: what a value brings along is text and no placeholder.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Pattern().Replace(text, match => values.TryGetValue(NameOf(match), out var value) ? value : "");

    private static string NameOf(Match match) => match.Groups["name"].Value.Trim();

    [GeneratedRegex(@"\{\{(?<name>[^{}]*)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
