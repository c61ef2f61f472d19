namespace SessionGrains.Bench.Scale;

/// <summary>How many there are of each thing in a run of scale, and how long each part takes.</summary>
internal sealed record ScalePlan
{
    /// <summary>About half an hour in all.</summary>
    public static ScalePlan Full { get; } = new()
    {
        Live = [1_000, 10_000, 50_000, 100_000],
        WithSideband = [1_000, 5_000],
        Quiet = TimeSpan.FromSeconds(60),
        Settling = TimeSpan.FromSeconds(10),
        WarmUp = TimeSpan.FromSeconds(30),
        PerSecond = 20,
        Window = TimeSpan.FromMinutes(5),
        DueWithCall = 5_000,
        DueWithoutCall = 5_000,
        Due = new(After: TimeSpan.FromSeconds(180), Within: TimeSpan.FromSeconds(60), Step: TimeSpan.FromSeconds(5)),
        LostCalls = 1_000,
        Silos = [1, 2, 3],
        SiloWindow = TimeSpan.FromSeconds(20),
        SpeakingCalls = 1_000,
        ResponsesPerSecond = 20,
        Starts = 5,
    };

    /// <summary>At most 3 minutes in all: enough to see that everything works, and roughly where it stands.</summary>
    public static ScalePlan Quick { get; } = new()
    {
        Live = [500, 5_000],
        WithSideband = [100, 500],
        Quiet = TimeSpan.FromSeconds(4),
        Settling = TimeSpan.FromSeconds(3),
        WarmUp = TimeSpan.FromSeconds(3),
        PerSecond = 15,
        Window = TimeSpan.FromSeconds(6),
        DueWithCall = 250,
        DueWithoutCall = 250,
        Due = new(After: TimeSpan.FromSeconds(20), Within: TimeSpan.FromSeconds(5), Step: TimeSpan.FromSeconds(1)),
        LostCalls = 200,
        Silos = [1, 2],
        SiloWindow = TimeSpan.FromSeconds(6),
        SpeakingCalls = 100,
        ResponsesPerSecond = 10,
        Starts = 2,
    };

    /// <summary>Live workflows that were started and never got a call, fewest first.</summary>
    public required IReadOnlyList<int> Live { get; init; }

    /// <summary>Live workflows with a sideband into their call, fewest first.</summary>
    public required IReadOnlyList<int> WithSideband { get; init; }

    /// <summary>How long is watched what live workflows cost while nobody asks for anything.</summary>
    public required TimeSpan Quiet { get; init; }

    /// <summary>How long nothing is asked for before memory is looked at.</summary>
    public required TimeSpan Settling { get; init; }

    public required TimeSpan WarmUp { get; init; }

    /// <summary>Lifecycles per second where cost is looked at: far below what the system can do, so that nobody waits for a place.</summary>
    public required double PerSecond { get; init; }

    /// <summary>
    /// How long lifecycles are asked for beside live workflows. In full as long as it takes until each of these has had its reminder, and the silo has
    /// looked through all reminders (Orleans' <c>RefreshReminderListPeriod</c>): a shorter one has what comes round in it or has not.
    /// </summary>
    public required TimeSpan Window { get; init; }

    /// <summary>Workflows with a call that are due at about the same time.</summary>
    public required int DueWithCall { get; init; }

    public required int DueWithoutCall { get; init; }

    public required DueTimes Due { get; init; }

    /// <summary>Calls with a sideband, of which one of two silos loses its share.</summary>
    public required int LostCalls { get; init; }

    public required IReadOnlyList<int> Silos { get; init; }

    /// <summary>How long lifecycles are asked for with each number of silos, and for how long the model speaks.</summary>
    public required TimeSpan SiloWindow { get; init; }

    /// <summary>Calls with a sideband, in one after the other of which the model speaks.</summary>
    public required int SpeakingCalls { get; init; }

    public required double ResponsesPerSecond { get; init; }

    /// <summary>How often each host is started.</summary>
    public required int Starts { get; init; }

    /// <summary>The same with another number of live workflows at most.</summary>
    public ScalePlan UpTo(int most) => this with { Live = [.. Live.Where(live => live < most), most] };
}
