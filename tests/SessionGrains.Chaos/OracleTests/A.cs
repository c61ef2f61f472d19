using SessionGrains.Chaos.Oracle;

namespace SessionGrains.Chaos.OracleTests;

/// <summary>Parts of histories in which all is well; each test spoils one.</summary>
internal static class A
{
    public const string Tag = "test.1.1";

    public static DateTimeOffset Noon { get; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    /// <summary>One workflow of twenty seconds with one call, one tool call, and its end.</summary>
    public static History Life { get; } = new()
    {
        Mints = [new(Tag, Second(0.5))],
        Calls = [Call()],
        Questions = [Question()],
        ToolRequests = [Request()],
        ToolEffects = [Request()],
        Replies = [Reply(Ask.Start, 201), Reply(Ask.Connect, 201) with { Call = "rtc_1" }],
        Stored = [Workflow()],
    };

    public static DateTimeOffset Second(double second) => Noon.AddSeconds(second);

    public static Call Call(string id = "rtc_1", string tag = Tag, double from = 1, double? to = 20.1, string user = "ada") => new(id, tag, user, Second(from))
    {
        HungUpAt = to is { } hungUp ? Second(hungUp) : null,
        EndedAt = to is { } ended ? Second(ended + 0.1) : null,
        EndReason = to is null ? null : "hung_up",
        Sidebands = [new(Second(from + 0.1), to is { } detached ? Second(detached + 0.1) : null)],
    };

    public static Question Question(string answer = """{"effect":"t1"}""", double at = 6) =>
        new("rtc_1", "t1", Second(5)) { Answers = [new(Second(at), answer)] };

    public static ToolRequest Request(string tool = "unkeyed_it", string call = "t1", double at = 5.5) => new(tool, "wf_1", call, "key-1", Second(at));

    public static Reply Reply(Ask ask, int status, double asked = 0, double at = 0.6, string tag = Tag) => new(ask, tag, Second(asked), Second(at), status)
    {
        Workflow = "wf_1",
    };

    public static Stored Workflow(string id = "wf_1", string tag = Tag) => new(id, tag, "ended", Second(0.2), Second(20))
    {
        EndReason = "max_duration",
        EndedAt = Second(20.02),
        HangUp = "confirmed",
        Calls = ["rtc_1"],
        ToolCalls = [("t1", "Completed")],
    };
}
