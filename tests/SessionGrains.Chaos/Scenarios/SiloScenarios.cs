using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.Scenarios;

/// <summary>What happens when silos or APIs die, freeze, stop or are cut off.</summary>
internal static class SiloScenarios
{
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OneSiloLost = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Takeover = TimeSpan.FromSeconds(20);

    // What holds while every silo is replaced in good order.
    private static readonly Promise[] Replaced =
    [
        CallPromises.NoneEnded, ToolPromises.NoneFails, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(20)), CallPromises.HeldAgainWithin(Takeover),
        CallPromises.HungUpWithin(TimeSpan.FromSeconds(10)),
    ];

    // The folder artifacts/bin of a checkout of the version before, where silos were built as we are.
    private static readonly string? OtherBuild = Environment.GetEnvironmentVariable("CHAOS_OTHER_BUILD");

    public static IEnumerable<Scenario> All { get; } =
    [
        new("healthy")
        {
            When = "nothing breaks",
            Load = new Crowd(new(60, 200), 12, 14, 16) { ToolsPerSecond = 5, StartsPerSecond = 2 },
            Holds = [CallPromises.HungUpWithin(Healthy), CallPromises.NoneEnded, ToolPromises.NoneFails, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(10))],
        },
        new("herd-of-ends")
        {
            When = "hundreds of calls are due in the same second",
            Load = new Crowd(new(250, 1000), 30) { AllAtOnce = true },
            Holds = [CallPromises.HungUpWithin(TimeSpan.FromSeconds(10))],
        },
        new("silo-killed")
        {
            When = "a silo with its share of 200 active calls is killed",
            Load = new Crowd(200, 30, 40, 45) { ToolsPerSecond = 10, ToolTime = 500, StartsPerSecond = 2 },
            Faults = [new(1, 4, new Fault.KillSilo())],
            Holds =
            [
                CallPromises.HungUpWithin(OneSiloLost), CallPromises.HeldAgainWithin(Takeover), CallPromises.NoneEnded, ToolPromises.NoneTwice, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(25)),
            ],
        },
        new("silo-frozen")
        {
            When = "a silo is frozen for 25 seconds, and thaws",
            Load = new Crowd(new(60, 200), 20, 25, 30, 45) { ToolsPerSecond = 5, ToolTime = 500 },
            Faults = [new(1, 4, new Fault.FreezeSilo(25))],
            Holds =
            [
                CallPromises.HungUpWithin(OneSiloLost), CallPromises.NoneEnded, ToolPromises.NoneTwice,
                ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(35)),
            ],
        },
        new("pages-unheard")
        {
            // For longer than a page may be silent its silo hears none; the one that has taken over does, and has nothing to store of calls in which nobody speaks.
            When = "a silo is frozen for 40 seconds while pages say that they are there, and thaws",
            Load = new Crowd(new(60, 200), 60) { Heartbeat = 5 },
            Faults = [new(1, 4, new Fault.FreezeSilo(40))],
            Holds = [CallPromises.HungUpWithin(OneSiloLost), CallPromises.NoneEnded],
        },
        new("all-silos-killed")
        {
            When = "all silos are killed at once, and new ones are started",
            Load = new Crowd(new(40, 200), 40, 45) { ToolsPerSecond = 4, ToolTime = 500 },
            Faults = [new(1, 3, new Fault.KillAllSilos())],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(30)), CallPromises.HeldAgainWithin(TimeSpan.FromSeconds(40)), CallPromises.NoneEnded,
            ],
        },
        new("rolling-restart")
        {
            When = "all silos are replaced, one after the other (SIGTERM)",
            Load = new Crowd(new(60, 500), 60) { ToolsPerSecond = 10, ToolTime = 1500, StartsPerSecond = 1 },
            Faults = [new(1, 3, new Fault.RollingRestart())],
            Holds = Replaced,
        },
        .. OtherBuild is null ? [] : (Scenario[])
        [
            new("other-version")
            {
                When = "all silos are replaced by those of the version before, one after the other, and then by those of this one again",
                Load = new Crowd(new(60, 200), 60, 90) { ToolsPerSecond = 10, ToolTime = 500, StartsPerSecond = 1 },
                Faults = [new(1, 3, new Fault.ChangeVersion(OtherBuild))],
                Holds = Replaced,
                IsForFull = true,
            },
        ],
        new("api-killed")
        {
            When = "the API is killed, and started again",
            Load = new Crowd(new(40, 200), 20, 25) { ToolsPerSecond = 5, StartsPerSecond = 4 },
            Faults = [new(1, 4, new Fault.KillApi(5))],
            Holds =
            [
                CallPromises.HungUpWithin(Healthy), CallPromises.NoneEnded, ToolPromises.NoneFails, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(10)),
                AnswerPromises.BackWithin(TimeSpan.FromSeconds(20), "the API is killed"),
            ],
        },
        new("silo-cut-off")
        {
            When = "a silo is cut off from the others for 40 seconds and still reaches the database and OpenAI",
            Topology = new(3) { HasNamespaces = true },
            Load = new Crowd(new(60, 200), 25, 35, 50) { ToolsPerSecond = 5, ToolTime = 500 },
            Faults = [new(1, 4, new Fault.CutOffSilo(40))],
            Holds = [CallPromises.HungUpWithin(OneSiloLost), CallPromises.NoneEnded],
            IsForFull = true,
        },
        new("clock-ahead")
        {
            When = "the clock of one silo is 15 minutes ahead",
            Topology = new(2) { Skew = 900 },
            Load = new Crowd(new(40, 200), 15, 20, 25) { ToolsPerSecond = 3, StartsPerSecond = 1 },
            Holds = [CallPromises.LastsAsLongAsPromised(TimeSpan.FromSeconds(5)), CallPromises.NoneEnded],
            IsForFull = true,
        },
        new("soak")
        {
            When = "something breaks every minute for half an hour",
            Topology = new(3) { SparesOne = true },
            Load = new Soak(
                new(6, 30),
                new Fault.KillSilo(), new Fault.FreezeSilo(20), new Fault.CrashDatabase(10), new Fault.FreezeDatabase(10), new Fault.HangTools(15),
                new Fault.Provider("OpenAI refuses", 15, """{"endpoint":"hangup","times":0,"status":500}""", """{"endpoint":"calls","times":0,"status":429,"headers":{"Retry-After":"2"}}""")),
            Holds =
            [
                FootprintPromises.Memory(1), FootprintPromises.Sockets(10), CallPromises.HungUpWithin(TimeSpan.FromSeconds(40)), CallPromises.HeldAgainWithin(TimeSpan.FromSeconds(60)),
            ],
            IsForFull = true,
        },
    ];
}
