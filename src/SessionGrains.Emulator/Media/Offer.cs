namespace SessionGrains.Emulator.Media;

/// <summary>An SDP offer, as far as answering it needs: its sections, each a list of lines without their ends.</summary>
internal sealed record Offer(string Text, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Sections)
{
    public bool HasDataChannel => Sections.Any(s => s[0].StartsWith("m=application", StringComparison.Ordinal));

    /// <summary>The offer, or null where the text is no SDP with an audio section.</summary>
    public static Offer? Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length == 0 || lines[0] != "v=0" || lines.Any(l => l.Length < 2 || l[1] != '='))
        {
            return null;
        }

        var header = lines.TakeWhile(l => !l.StartsWith("m=", StringComparison.Ordinal)).ToArray();
        var sections = new List<List<string>>();
        foreach (var line in lines.Skip(header.Length))
        {
            if (line.StartsWith("m=", StringComparison.Ordinal))
            {
                sections.Add([]);
            }

            sections[^1].Add(line);
        }

        var isComplete = header.Any(l => l.StartsWith("o=", StringComparison.Ordinal))
            && sections.Any(s => s[0].StartsWith("m=audio ", StringComparison.Ordinal) && s[0].Split(' ').Length >= 4)
            && sections.All(s => s[0].Split(' ').Length >= 4);
        return isComplete ? new Offer(text, header, sections) : null;
    }
}
