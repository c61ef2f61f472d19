namespace SessionGrains.Bench.Loads;

/// <summary>So many callers that each wait for their answer, and how often per second they got one.</summary>
internal sealed record Step(int Callers, double PerSecond)
{
    /// <summary>The share of their time that the cores of the generator, OpenAI and the tools were busy.</summary>
    public double OtherBusy { get; init; }

    /// <summary>The share of their time that the cores of the system and PostgreSQL were busy.</summary>
    public double SystemBusy { get; init; }
}

/// <summary>Where more callers no longer bring more.</summary>
internal static class Knee
{
    /// <summary>What a doubling must bring to be worth it.</summary>
    private const double Gain = 1.05;

    private const int MostCallers = 512;

    /// <summary>So many are looked at in any case: commits that come together cost less, and few callers have few of them.</summary>
    private const int EnoughCallers = 32;

    /// <summary>Whether to look at twice as many callers: no, once two doublings in a row brought next to nothing. One alone may be an accident.</summary>
    public static bool GoesOn(IReadOnlyList<Step> steps)
    {
        if (steps[^1].Callers * 2 > MostCallers)
        {
            return false;
        }

        return steps.Count < 3 || steps[^1].Callers < EnoughCallers || steps.TakeLast(2).Any(step => step.PerSecond >= Best(steps.SkipLast(2)) * Gain);
    }

    /// <summary>The fewest callers with which it is as fast as it gets.</summary>
    public static Step Of(IReadOnlyList<Step> steps) => steps.First(step => step.PerSecond * Gain > Best(steps));

    private static double Best(IEnumerable<Step> steps) => steps.Max(step => step.PerSecond);
}
