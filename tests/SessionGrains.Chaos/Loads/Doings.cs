namespace SessionGrains.Chaos.Loads;

/// <summary>What models and users do all day.</summary>
internal static class Doings
{
    private static readonly string[] Tools = ["read_it", "keyed_it", "unkeyed_it"];

    private static int asked;

    /// <summary>Some call's model asks for a tool.</summary>
    public static async Task Talk(Run run)
    {
        if (run.SomeCall() is not { } call)
        {
            return;
        }

        var n = Interlocked.Increment(ref asked);
        try
        {
            await run.Stage.OpenAI.Respond(call, $$"""{"calls":[{"name":"{{Tools[n % 3]}}","arguments":{"n":{{n}}},"call_id":"t{{n}}"}]}""");
        }
        catch (HttpRequestException)
        {
            // It still says something, or it is over.
        }
    }

    /// <summary>A user starts, connects, and ends it.</summary>
    public static async Task ComeAndGo(Run run, string definition)
    {
        var tag = run.Tag();
        using var caller = run.Caller("guest");
        if (await caller.Start(definition, tag) is { } started)
        {
            await caller.Connect(started, tag);
            await caller.End(started, tag);
        }
    }

    /// <summary>A user starts, connects, and stays until the time is over.</summary>
    public static async Task ComeAndStay(Run run, string definition)
    {
        var tag = run.Tag();
        using var caller = run.Caller("regular");
        if (await caller.Start(definition, tag) is { } started && await caller.Connect(started, tag) is { } call)
        {
            run.Add(call);
        }
    }

    /// <summary>Does something so often, however long each takes, until it is over.</summary>
    public static async Task Every(double perSecond, Func<Task> what, CancellationToken over)
    {
        if (perSecond is 0)
        {
            return;
        }

        var begun = new List<Task>();
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        try
        {
            while (await beat.WaitForNextTickAsync(over))
            {
                begun.RemoveAll(task => task.IsCompletedSuccessfully);
                begun.Add(what());
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(begun);
        }
    }
}
