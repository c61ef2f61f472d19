using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.Scenarios;

/// <summary>One experiment: what runs, who calls, what breaks and when, and what must hold all the same.</summary>
internal sealed record Scenario(string Name)
{
    /// <summary>What happens, as a row of the README's table begins.</summary>
    public required string When { get; init; }

    public Topology Topology { get; init; } = new();

    public required Load Load { get; init; }

    public IReadOnlyList<Step> Faults { get; init; } = [];

    /// <summary>What this scenario is about, and must put to the test; <see cref="Always"/> holds besides.</summary>
    public required IReadOnlyList<Promise> Holds { get; init; }

    /// <summary>Takes too long for every run.</summary>
    public bool IsForFull { get; init; }

    /// <summary>A negative control: with a protection taken away this promise must be seen broken.</summary>
    public string? MustBreak { get; init; }

    /// <summary>What holds whatever happens.</summary>
    public static IReadOnlyList<Promise> Always { get; } =
    [
        CallPromises.Owned, CallPromises.NothingAfterTheEnd, RecordPromises.EverythingEnds, RecordPromises.EveryYesIsStored,
        ToolPromises.NoneTwice, ToolPromises.Truthful, ToolPromises.NoneTakenBack, AnswerPromises.Clean,
    ];
}
