namespace SessionGrains.Bench.Scale;

/// <summary>How long workflows last that are started one after the other and are all due within one span of time.</summary>
/// <param name="After">From the first start to the first of them that is due.</param>
/// <param name="Within">From there to the last.</param>
/// <param name="Step">What their durations are multiples of: each duration is a definition of its own.</param>
internal sealed record DueTimes(TimeSpan After, TimeSpan Within, TimeSpan Step)
{
    /// <summary>Every duration that may be needed, in seconds.</summary>
    public IEnumerable<int> Durations => Enumerable.Range(1, (int)((After + Within) / Step)).Select(Seconds);

    /// <summary>The duration of a workflow that is started now and is due at a random moment of the span, or less than a step before.</summary>
    /// <param name="elapsed">Since the first start.</param>
    /// <param name="dice">From 0 to 1.</param>
    public int Duration(TimeSpan elapsed, double dice)
    {
        var steps = (int)((After + (Within * dice) - elapsed) / Step);
        return steps > 0 ? Seconds(steps) : throw new TimeoutException($"After {After.TotalSeconds:0} s not everything was started that must be due by then.");
    }

    private int Seconds(int steps) => (int)(Step * steps).TotalSeconds;
}
