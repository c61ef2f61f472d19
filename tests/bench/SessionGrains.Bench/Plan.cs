namespace SessionGrains.Bench;

/// <summary>How long each part of a run takes.</summary>
internal sealed record Plan(string Name)
{
    /// <summary>At most 20 minutes in all.</summary>
    public static Plan Full { get; } = new("full")
    {
        // A server runs for weeks; what the runtime compiles in its first minutes is not what a lifecycle costs.
        WarmUp = TimeSpan.FromSeconds(60),
        Step = TimeSpan.FromSeconds(6),
        ToolStep = TimeSpan.FromSeconds(4),
        OpenLoop = TimeSpan.FromSeconds(30),
        LimitStep = TimeSpan.FromSeconds(4),
        FirstCallers = 2,
        Checked = 50,
    };

    /// <summary>At most 3 minutes in all: enough to see that everything works, and roughly where it stands.</summary>
    public static Plan Quick { get; } = new("quick")
    {
        WarmUp = TimeSpan.FromSeconds(2.5),
        Step = TimeSpan.FromSeconds(0.8),
        ToolStep = TimeSpan.FromSeconds(0.5),
        OpenLoop = TimeSpan.FromSeconds(2.5),
        LimitStep = TimeSpan.FromSeconds(0.7),
        FirstCallers = 8,
        Checked = 16,
    };

    public required TimeSpan WarmUp { get; init; }

    /// <summary>One step on the way to the knee.</summary>
    public required TimeSpan Step { get; init; }

    public required TimeSpan ToolStep { get; init; }

    /// <summary>At half of the knee, and again at four fifths of it.</summary>
    public required TimeSpan OpenLoop { get; init; }

    public required TimeSpan LimitStep { get; init; }

    public required int FirstCallers { get; init; }

    /// <summary>Lifecycles whose ledgers are checked before anything is timed.</summary>
    public required int Checked { get; init; }
}
