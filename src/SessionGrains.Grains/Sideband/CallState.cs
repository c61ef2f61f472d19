namespace SessionGrains.Grains.Sideband;

/// <summary>What the owner of a sideband knows at this moment; written by its own loop, read by anybody.</summary>
internal sealed class CallState(TimeProvider clock)
{
    // Whoever was cut off while speaking must not keep a workflow alive for ever.
    private static readonly TimeSpan LongestSilentActivity = TimeSpan.FromMinutes(5);

    private volatile Snapshot now = new(Control.Degraded, clock.GetUtcNow(), clock.GetUtcNow(), IsBusy: false);
    private bool isUserSpeaking;
    private bool isAudible;
    private bool isResponding;
    private int toolsRunning;

    public Control Control => now.Control;

    public DateTimeOffset? LostSince => now.LostSince;

    public bool HasWorked => now.HasWorked;

    public bool IsBusy => now.IsBusy;

    /// <summary>Now, while somebody speaks, a response runs or a tool works; else when that last was so.</summary>
    public DateTimeOffset LastActivity
    {
        get
        {
            var (read, time) = (now, clock.GetUtcNow());
            return !read.IsBusy ? read.LastActivity
                : time - read.LastActivity < LongestSilentActivity ? time
                : read.LastActivity + LongestSilentActivity;
        }
    }

    public void Held() => now = now with { Control = Control.Full, LostSince = null, HasWorked = true };

    public void Lost()
    {
        (isUserSpeaking, isAudible, isResponding) = (false, false, false);
        now = now with { Control = Control.Degraded, LostSince = now.LostSince ?? clock.GetUtcNow(), IsBusy = toolsRunning > 0 };
    }

    public void UserSpeaks(bool speaks) => Act(() => isUserSpeaking = speaks);

    public void IsHeard(bool heard) => Act(() => isAudible = heard);

    public void Responds(bool responds) => Act(() => isResponding = responds);

    public void ToolBegins() => Act(() => toolsRunning++);

    public void ToolEnds() => Act(() => toolsRunning--);

    /// <summary>Somebody did something.</summary>
    public void Act() => Act(() => { });

    private void Act(Action what)
    {
        what();
        now = now with { LastActivity = clock.GetUtcNow(), IsBusy = isUserSpeaking || isAudible || isResponding || toolsRunning > 0 };
    }

    private sealed record Snapshot(Control Control, DateTimeOffset? LostSince, DateTimeOffset LastActivity, bool IsBusy, bool HasWorked = false);
}
