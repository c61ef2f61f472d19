using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.Scenarios;

/// <summary>What happens when PostgreSQL is away, stands still, is slow or has no room.</summary>
internal static class DatabaseScenarios
{
    private const string Down = "the database is down";
    private const string Frozen = "the database is frozen";

    public static IEnumerable<Scenario> All { get; } =
    [
        new("database-down")
        {
            When = "the database is down for 20 seconds",
            Load = new Crowd(new(40, 200), 10, 12, 15, 25, 40) { ToolsPerSecond = 4, StartsPerSecond = 2 },
            Faults = [new(2, 6, new Fault.CrashDatabase(20))],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(20 + 30)), CallPromises.HungUpMeanwhile(Down, TimeSpan.FromSeconds(10)), CallPromises.NoneEnded,
                AnswerPromises.Within(TimeSpan.FromSeconds(10), Down), AnswerPromises.BackWithin(TimeSpan.FromSeconds(20), Down),
            ],
        },
        new("database-frozen")
        {
            When = "the database accepts everything and answers nothing for 20 seconds",
            Load = new Crowd(new(40, 200), 10, 12, 15, 25, 40) { ToolsPerSecond = 4, StartsPerSecond = 2 },
            Faults = [new(2, 6, new Fault.FreezeDatabase(20))],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(20 + 30)), CallPromises.HungUpMeanwhile(Frozen, TimeSpan.FromSeconds(12)), CallPromises.NoneEnded,
                AnswerPromises.BackWithin(TimeSpan.FromSeconds(20), Frozen),
            ],
        },
        new("database-slow")
        {
            When = "every answer of the database takes a second longer, for 15 seconds",
            Topology = new() { HasDatabaseProxy = true },
            Load = new Crowd(new(40, 200), 15, 20, 30) { ToolsPerSecond = 3, StartsPerSecond = 1 },
            Faults = [new(2, 4, new Fault.SlowDatabase(500, 15))],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(30)), CallPromises.NoneEnded, AnswerPromises.BackWithin(TimeSpan.FromSeconds(20), "the database is slow"),
            ],
            IsForFull = true,
        },
        new("disk-full")
        {
            When = "the database's disk is full for 15 seconds",
            Topology = new() { HasSmallDisk = true },
            Load = new Crowd(new(40, 200), 15, 20, 30, 40) { ToolsPerSecond = 4, StartsPerSecond = 2 },
            Faults = [new(2, 6, new Fault.FillDisk(15))],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(15 + 30)), CallPromises.NoneEnded, AnswerPromises.BackWithin(TimeSpan.FromSeconds(20), "the disk is full"),
            ],
            IsForFull = true,
        },
        new("killed-after-reply")
        {
            When = "whoever said yes, or wrote it down, dies in the moment after (100 times)",
            Load = new KillAfterReply(new(100, 1000), new Fault.CrashDatabase(0), new Fault.CrashDatabase(0), new Fault.KillSilo()),
            Holds = [RecordPromises.EveryYesIsStored],
        },
    ];
}
