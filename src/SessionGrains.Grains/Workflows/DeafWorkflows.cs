namespace SessionGrains.Grains.Workflows;

/// <summary>Workflows that did not hear a knock, and when each is knocked at again: soon at first, then ever more seldom, since one whose state cannot be read may never hear.</summary>
internal sealed class DeafWorkflows
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, (DateTimeOffset At, TimeSpan Wait)> again = [];

    /// <summary>Those whose time has come.</summary>
    public IReadOnlyList<string> Due(DateTimeOffset now) => [.. again.Where(each => each.Value.At <= now).Select(each => each.Key)];

    /// <summary>These were knocked at, and of them those did not hear it.</summary>
    public void Take(IEnumerable<string> knockedAt, IReadOnlyCollection<string> deaf, DateTimeOffset now)
    {
        foreach (var workflow in knockedAt.Except(deaf))
        {
            again.Remove(workflow);
        }

        foreach (var workflow in deaf)
        {
            var wait = again.TryGetValue(workflow, out var before) ? before.Wait * 2 : FirstWait;
            wait = wait < LongestWait ? wait : LongestWait;
            again[workflow] = (now + wait, wait);
        }
    }

    /// <summary>All are knocked at anew: what kept one from hearing may have changed.</summary>
    public void Clear() => again.Clear();
}
