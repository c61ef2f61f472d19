using System.Text.RegularExpressions;
using SessionGrains.Browser.Tests.Sdk;

namespace SessionGrains.Browser.Tests.Recipes;

/// <summary>The code that stands in <c>docs/browser.md</c>.</summary>
internal static partial class BrowserDoc
{
    private const string Api = "https://api.example.com";

    /// <summary>The one block of a language that has such a text, for an API that is somewhere else.</summary>
    public static async Task<string> Block(string language, string with, Uri api)
    {
        var doc = await File.ReadAllTextAsync(Path.Combine(SdkPage.Sources, "..", "..", "docs", "browser.md"));
        var block = Blocks().Matches(doc).Single(match => match.Groups[1].Value == language && match.Groups[2].Value.Contains(with, StringComparison.Ordinal));
        return block.Groups[2].Value.Replace(Api, api.ToString().TrimEnd('/'), StringComparison.Ordinal);
    }

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();
}
