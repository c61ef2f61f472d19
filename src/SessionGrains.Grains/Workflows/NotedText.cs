namespace SessionGrains.Grains.Workflows;

/// <summary>Makes what a page, a provider or a model wrote fit for a timeline.</summary>
internal static class NotedText
{
    // As long as any detail of ours; what is beyond it is in nobody's interest but that of who wrote it.
    private const int Longest = 512;

    /// <summary>The text without control characters, and not at any length. PostgreSQL takes no NUL: a report that held one could never be filed.</summary>
    public static string Of(string text) =>
        string.Create(Math.Min(text.Length, Longest), text, (noted, all) =>
        {
            for (var place = 0; place < noted.Length; place++)
            {
                // Halves of characters too, which a cut leaves behind.
                noted[place] = char.IsControl(all[place]) || char.IsSurrogate(all[place]) ? '?' : all[place];
            }
        });
}
