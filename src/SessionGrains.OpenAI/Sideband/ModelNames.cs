using System.Text.RegularExpressions;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Knows that <c>gpt-realtime-2025-08-28</c> is a snapshot of <c>gpt-realtime</c>.</summary>
internal static partial class ModelNames
{
    public static string WithoutDate(string model) => Date().Replace(model, "");

    [GeneratedRegex(@"-20\d\d-\d\d-\d\d\z", RegexOptions.CultureInvariant)]
    private static partial Regex Date();
}
