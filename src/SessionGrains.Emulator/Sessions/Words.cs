namespace SessionGrains.Emulator.Sessions;

/// <summary>Cuts text into the pieces that deltas carry: words, each with the space before it.</summary>
internal static class Words
{
    private const int ArgumentPiece = 12;

    public static IEnumerable<string> Of(string text) => text.Split(' ').Select((word, i) => i == 0 ? word : $" {word}");

    public static IEnumerable<string> OfArguments(string text) => text.Length == 0 ? [] : text.Chunk(ArgumentPiece).Select(c => new string(c));
}
