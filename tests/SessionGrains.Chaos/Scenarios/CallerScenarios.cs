using SessionGrains.Chaos.Loads;
using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.Scenarios;

/// <summary>What happens when OpenAI, tools or callers misbehave.</summary>
internal static class CallerScenarios
{
    private const int PerUser = 3;

    public static IEnumerable<Scenario> All { get; } =
    [
        new("herd-of-starts")
        {
            When = "20 users start far more than the three calls that each may have, all at once, and a silo is killed among them",
            Load = new Herd(new(300, 1000), 20, PerUser),
            Faults = [new(0.1, 1, new Fault.KillSilo())],
            Holds = [CallPromises.Quota(PerUser)],
        },
        new("duplicates")
        {
            When = "every request is sent 50 times at once, and the API is killed among them",
            Load = new Duplicates(new(3, 20), 50),
            Faults = [new(0.5, 3, new Fault.KillApi(1))],
            Holds = [AnswerPromises.OneWorkflowPerKey, ToolPromises.OneOutcome],
        },
        new("openai-refuses")
        {
            When = "OpenAI answers hang-ups and new calls with 429 and 500 for 10 seconds",
            Load = new Crowd(new(40, 200), 9, 12, 15, 18, 30) { ToolsPerSecond = 4, StartsPerSecond = 2 },
            Faults =
            [
                new(1, 3, new Fault.Provider("OpenAI refuses", 10,
                    """{"endpoint":"hangup","times":20,"status":500}""", """{"endpoint":"hangup","times":0,"status":429,"code":"rate_limit_exceeded","headers":{"Retry-After":"2"}}""",
                    """{"endpoint":"calls","times":10,"status":500}""", """{"endpoint":"calls","times":0,"status":429,"code":"rate_limit_exceeded","headers":{"Retry-After":"2"}}""")),
            ],
            Holds = [CallPromises.HungUpWithin(TimeSpan.FromSeconds(30), "OpenAI refuses"), CallPromises.NoneEnded, ToolPromises.NoneFails],
        },
        new("openai-silent")
        {
            When = "OpenAI does as it is asked and its answers are lost, or never come, for 10 seconds",
            Load = new Crowd(new(40, 200), 9, 12, 15, 18, 30) { ToolsPerSecond = 4, StartsPerSecond = 2 },
            Faults =
            [
                new(1, 3, new Fault.Provider("OpenAI is silent", 10,
                    """{"endpoint":"hangup","times":20,"drop_reply":true}""", """{"endpoint":"hangup","times":0,"hang":true}""",
                    """{"endpoint":"calls","times":5,"drop_reply":true}""", """{"endpoint":"calls","times":0,"hang":true}""")),
            ],
            Holds = [CallPromises.HungUpWithin(TimeSpan.FromSeconds(30), "OpenAI is silent"), ToolPromises.NoneFails],
        },
        new("tools-hang")
        {
            When = "tools take requests and do not answer for 15 seconds",
            Load = new Crowd(new(40, 200), 15, 18, 40) { ToolsPerSecond = 5, StartsPerSecond = 1 },
            Faults = [new(1, 3, new Fault.HangTools(15))],
            Holds =
            [
                CallPromises.HungUpWithin(TimeSpan.FromSeconds(2), "tools hang"), CallPromises.NoneEnded, ToolPromises.AnsweredWithin(TimeSpan.FromSeconds(15)),
            ],
        },
    ];
}
