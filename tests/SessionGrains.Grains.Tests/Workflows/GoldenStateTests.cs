using System.Collections.Immutable;
using System.Text;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>What is stored of a workflow, byte for byte: workflows outlive upgrades.</summary>
/// <remarks>A file here never changes but by added members; then the file of before is kept beside it as <c>phase.before-….json</c>.</remarks>
public sealed class GoldenStateTests
{
    private static readonly Dictionary<string, WorkflowState> States = new()
    {
        ["ready"] = Filled(),
        ["connecting"] = Next(Filled(), new Connect("hash-1", "attempt-1"), Noon),
        ["active"] = WithCall(),
        ["active-used"] = WithCall() with { Usage = new(7, 1234, 567, 1000, 400, 0.0421m, IsEstimated: true), ToolCalls = 3 },
        ["active-taken-over"] = WithCall() with { Term = 2 },
        ["active-reported"] = Active(ConnectionMode.ClientSecret),
        ["ending"] = Next(WithCall(), new End(EndReason.UserEnded, "bye") { By = Ada }, Noon),
        ["ended"] = Lifecycle.Tombstone(Ended()),
        ["ended-owing"] = Decide(Ended(), new CallCreated("attempt-1", Call("late"))).Next,
    };

    public static TheoryData<string> Phases => [.. States.Keys];

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file))];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Workflows", "Golden");

    [Theory]
    [MemberData(nameof(Phases))]
    public void What_is_written_today_is_what_the_golden_file_holds(string phase) =>
        Assert.Equal(Read($"{phase}.json"), new StateSerializer().Serialize(States[phase]).ToString());

    [Theory]
    [MemberData(nameof(Files))]
    public void What_was_written_once_still_loads_and_means_the_same(string file)
    {
        var loaded = new StateSerializer().Deserialize<WorkflowState>(new(Encoding.UTF8.GetBytes(Read(file))));

        var expected = States[file.Split('.')[0]];
        // What came later is missing in the file of before, and nothing else is.
        expected = file.Contains("before-salt", StringComparison.Ordinal) ? expected with { CallSalt = null } : expected;
        Assert.Equal(new StateSerializer().Serialize(expected).ToString(), new StateSerializer().Serialize(loaded).ToString());
    }

    [Fact]
    public void A_member_that_this_version_does_not_know_is_no_obstacle_and_is_written_again_until_the_tombstone()
    {
        const string added = "\"from_tomorrow\":{\"x\":[1]}";
        var newer = Read("active.json")
            .Replace("{\"schema\"", $"{{{added},\"schema\"", StringComparison.Ordinal)
            .Replace("{\"hash\"", $"{{{added},\"hash\"", StringComparison.Ordinal)
            .Replace("{\"at\"", $"{{{added},\"at\"", StringComparison.Ordinal);

        var loaded = new StateSerializer().Deserialize<WorkflowState>(new(Encoding.UTF8.GetBytes(newer)));
        var written = new StateSerializer().Serialize(Next(loaded, new End(EndReason.UserEnded) { By = Ada }, Noon)).ToString();

        Assert.Equal("rtc_one", loaded.CallId);
        // In the record itself, and in each entry of its lists.
        Assert.Equal(1 + loaded.Secrets.Length + loaded.Timeline.Length, written.Split(added).Length - 1);
        Assert.DoesNotContain(added, new StateSerializer().Serialize(Lifecycle.Tombstone(loaded) with { Secrets = [] }).ToString(), StringComparison.Ordinal);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).TrimEnd('\n');

    private static WorkflowState WithCall() => Next(Next(Filled(), new Connect("hash-1", "attempt-1"), Noon), new CallCreated("attempt-1", Call("one")), Noon);

    private static WorkflowState Filled() => Next(
        WorkflowState.None,
        Beginning() with
        {
            Values = ImmutableDictionary<string, string>.Empty.Add("inputs.customer", "C-17"),
            Metadata = ImmutableDictionary<string, string>.Empty.Add("ticket", "T-9"),
            RequestHash = "request-hash",
        },
        Noon);
}
