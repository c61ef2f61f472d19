namespace SessionGrains.Chaos.Oracle;

/// <summary>What became of a promise in a history: on how many cases it was tried, where it was broken, and the figure worth knowing.</summary>
internal sealed record Finding(int Cases, IReadOnlyList<string> Violations, string Figure = "")
{
    /// <summary>A promise that nothing put to the test was not kept: it was not tried.</summary>
    public bool IsKept => Cases > 0 && Violations.Count is 0;

    /// <summary>Tries every case; a text is a violation, null is none.</summary>
    public static Finding Of<T>(IEnumerable<T> cases, Func<T, string?> broken, string figure = "")
    {
        var all = cases.ToList();
        return new(all.Count, [.. all.Select(broken).OfType<string>()], figure);
    }
}

/// <summary>One thing that must hold: a sentence for people, and a pure function that says whether a history keeps it.</summary>
internal sealed record Promise(string Name, string Sentence, Func<History, Finding> Judge);
