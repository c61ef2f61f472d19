using SessionGrains.Chaos.Oracle;
using SessionGrains.Chaos.Stages;

namespace SessionGrains.Chaos.Loads;

/// <summary>What callers do in a scenario: some of it before anything breaks, the rest while it does.</summary>
internal abstract record Load
{
    /// <summary>The definitions that it needs, all named after the scenario.</summary>
    public abstract IEnumerable<Recipe> Recipes(string scenario);

    /// <summary>Builds up what must stand before the first fault.</summary>
    public virtual Task Prepare(Run run) => Task.CompletedTask;

    /// <summary>Works until there is nothing more to see, at least until the faults are over.</summary>
    public abstract Task Work(Run run);
}

/// <summary>How much of something: on every run, and in the full set.</summary>
internal readonly record struct Size(int Short, int Full)
{
    public static implicit operator Size(int both) => new(both, both);
}

/// <summary>One run of a scenario: where it happens, its dice, and what was seen so far.</summary>
internal sealed class Run(Stage stage, string scenario, int seed, bool isFull, Func<Scenarios.Fault, Task> disturb)
{
    private readonly Lock gate = new();
    private readonly List<Reply> replies = [];
    private readonly List<Caller> callers = [];
    private readonly List<Footprint> footprints = [];
    private readonly OpenQuestions questions = new(stage.ProviderLedgerFile);
    private readonly List<string> live = [];
    private int tags;

    public Stage Stage => stage;

    public string Scenario => scenario;

    /// <summary>What the tags of this run begin with.</summary>
    public string Prefix { get; } = $"{scenario}.{seed}.";

    public Random Random { get; } = new(seed);

    /// <summary>Done when everything that was broken is mended.</summary>
    public Task Faults { get; set; } = Task.CompletedTask;

    public IReadOnlyList<Reply> Replies
    {
        get
        {
            lock (gate)
            {
                return [.. replies];
            }
        }
    }

    public IReadOnlyList<Footprint> Footprints => footprints;

    public int Of(Size size) => isFull ? size.Full : size.Short;

    public string Tag() => $"{Prefix}{Interlocked.Increment(ref tags)}";

    /// <summary>One of the live calls whose model has nothing open, by the dice; null when there is none.</summary>
    public string? SomeCall()
    {
        lock (gate)
        {
            questions.Follow();
            live.RemoveAll(questions.IsOver);
            var idle = live.Where(call => !questions.IsWaiting(call)).ToList();
            return idle.Count is 0 ? null : idle[Random.Next(idle.Count)];
        }
    }

    /// <summary>Whether any of the calls lives.</summary>
    public bool AnyLive()
    {
        lock (gate)
        {
            questions.Follow();
            return live.RemoveAll(questions.IsOver) >= 0 && live.Count > 0;
        }
    }

    public void Add(string call)
    {
        lock (gate)
        {
            live.Add(call);
        }
    }

    /// <summary>Looks at the processes that have run from the beginning.</summary>
    public async Task Look()
    {
        var names = stage.Product.Silos.Where(silo => stage.IsSpared(silo)).Select((silo, n) => (Name: $"silo {n + 1}", Host: silo)).Append((Name: "API", Host: stage.Product.Api));
        foreach (var (name, host) in names.ToList())
        {
            if (await Looks.At(name, host) is { } look)
            {
                footprints.Add(look);
            }
        }
    }

    /// <summary>Breaks something now, as loads do whose moment is not a matter of time.</summary>
    public Task Disturb(Scenarios.Fault fault) => disturb(fault);

    public Caller Caller(string user)
    {
        var caller = new Caller(stage.Product.Url, $"{Prefix}{user}", Remember);
        lock (gate)
        {
            callers.Add(caller);
        }

        return caller;
    }

    public void Leave()
    {
        lock (gate)
        {
            callers.ForEach(caller => caller.Dispose());
            callers.Clear();
        }
    }

    private void Remember(Reply reply)
    {
        lock (gate)
        {
            replies.Add(reply);
        }
    }
}
