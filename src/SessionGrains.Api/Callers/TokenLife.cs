namespace SessionGrains.Api.Callers;

/// <summary>How long a request's token is good for: what a stream must not outlive.</summary>
internal sealed record TokenLife(DateTimeOffset ExpiresAt)
{
    // No workflow lasts as long, and no timer takes any length.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>The time that is left. A token that is only let in because clocks differ has the rest of that leeway.</summary>
    public TimeSpan LeftAt(DateTimeOffset now)
    {
        var left = ExpiresAt - now;
        left = left > TimeSpan.Zero ? left : left + TokenRules.ClockSkew;
        return TimeSpan.FromTicks(Math.Clamp(left.Ticks, 0, Longest.Ticks));
    }
}
