namespace SessionGrains.Grains.Sideband;

/// <summary>When to try to attach again, and what "not found" means.</summary>
/// <param name="NewUntil">Until when OpenAI may not know the call yet, though somebody held it before.</param>
internal sealed record AttachRules(ConnectionMode Mode, bool IsTakeover, DateTimeOffset NewUntil = default)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hopeful = TimeSpan.FromSeconds(60);

    /// <summary>How long it is tried hard.</summary>
    public static readonly TimeSpan Hurry = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait before the next attempt.</summary>
    /// <param name="attempts">Attempts that failed since the sideband was lost, or since we began.</param>
    /// <param name="elapsed">The time since then.</param>
    /// <param name="wasAttached">Whether it was ever attached.</param>
    public TimeSpan Delay(int attempts, TimeSpan elapsed, bool wasAttached)
    {
        if (elapsed >= Hurry)
        {
            // A call that a browser made may answer to no key of ours, for as long as it lives.
            return Mode is ConnectionMode.ClientSecret && !wasAttached ? Hopeful : Slow;
        }

        var delay = First * Math.Pow(2, Math.Min(attempts - 1, 10));
        return delay < Longest ? delay : Longest;
    }

    /// <summary>Whether "not found" means that the call is over: a fresh call may not be known yet, and one of a browser's not to our key.</summary>
    /// <param name="isProvenKey">Whether the key that it was said to had attached to the call before.</param>
    public bool IsOver(bool isProvenKey, DateTimeOffset now) => isProvenKey || (IsTakeover && now >= NewUntil && Mode is not ConnectionMode.ClientSecret);
}
