using System.Text.RegularExpressions;

namespace SessionGrains.Tools.Files;

/// <summary>Rules for texts that both kinds of file have, each with its words.</summary>
public static partial class Rules
{
    public const string VariableName = "the name of an environment variable";
    public const string WebAddress = "an absolute http or https URL without user, password and fragment";

    public static bool IsVariableName(string text) => text.Length <= 256 && VariablePattern().IsMatch(text);

    /// <summary>A URL with a password in it would end up in logs; the secret belongs into a variable.</summary>
    public static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.Host.Length > 0;

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariablePattern();
}
