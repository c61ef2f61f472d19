using System.Text;
using System.Text.RegularExpressions;

namespace SessionGrains.Tools.Schemas;

/// <summary>A <c>pattern</c>: means what ECMA-262 says, and no text can make it slow.</summary>
internal sealed class SchemaPattern
{
    private readonly Regex regex;

    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking.</exception>
    public SchemaPattern(string text)
    {
        Text = text;
        regex = new(Translate(text), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    public string Text { get; }

    public bool IsMatch(string value) => regex.IsMatch(value);

    // In .NET, $ allows one more line break, and \d and \w are the digits and letters of all scripts.
    private static string Translate(string text)
    {
        var translated = new StringBuilder();
        var isInClass = false;
        for (var index = 0; index < text.Length; index++)
        {
            var plain = text[index];
            if (plain == '\\' && index + 1 < text.Length)
            {
                translated.Append(Escape(text[++index], isInClass));
                continue;
            }

            isInClass = plain is '[' || (isInClass && plain is not ']');
            translated.Append(plain == '$' && !isInClass ? @"\z" : plain);
        }

        return translated.ToString();
    }

    private static string Escape(char escaped, bool isInClass) => (escaped, isInClass) switch
    {
        ('d', true) => "0-9",
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', true) => "A-Za-z0-9_",
        ('w', false) => "[A-Za-z0-9_]",
        ('W', false) => "[^A-Za-z0-9_]",
        _ => $@"\{escaped}",
    };
}
