using System.Text;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>What is stored of a tool call, byte for byte: calls outlive upgrades.</summary>
/// <remarks>A file here never changes but by added members; then the file of before is kept beside it as <c>stage.before-….json</c>.</remarks>
public sealed class GoldenToolCallTests
{
    private static readonly Dictionary<string, ToolCallState> States = new()
    {
        ["pending"] = ACall.Begun(ToolEffect.Keyed, Approval.Operator),
        ["started"] = ACall.Begun(),
        ["approved"] = ACall.Approved() with { Source = ToolCallSource.Relay },
        ["denied"] = ACall.Denied(),
        ["completed"] = ACall.Ended(new ToolResult.Completed("""{"refund":"R-1"}""", true), ToolEffect.Keyed),
        ["failed"] = ACall.Ended(new ToolResult.Failed("There is no such order.")),
        ["timed-out"] = ACall.Ended(new ToolResult.TimedOut(false)),
        ["unknown"] = ACall.Ended(new ToolResult.Unknown("The server that ran it was lost.")),
    };

    public static TheoryData<string> Stages => [.. States.Keys];

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file))];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "ToolCalls", "Golden");

    [Theory, MemberData(nameof(Stages))]
    public void What_is_written_today_is_what_the_golden_file_holds(string stage) =>
        Assert.Equal(Read($"{stage}.json"), new StateSerializer().Serialize(States[stage]).ToString());

    [Theory, MemberData(nameof(Files))]
    public void What_was_written_once_still_loads_and_means_the_same(string file) => Assert.Equal(States[file.Split('.')[0]], Load(Read(file)));

    [Fact]
    public void A_member_that_this_version_does_not_know_is_no_obstacle_and_is_written_again()
    {
        var newer = Read("started.json").Replace("{\"schema\":1,", "{\"schema\":1,\"from_tomorrow\":{\"x\":[1]},", StringComparison.Ordinal);

        var loaded = Load(newer);

        Assert.Equal(States["started"], loaded with { Later = null });
        Assert.Contains("\"from_tomorrow\":{\"x\":[1]}", new StateSerializer().Serialize(loaded with { Stage = ToolCallStage.Completed }).ToString(), StringComparison.Ordinal);
    }

    private static ToolCallState Load(string text) => new StateSerializer().Deserialize<ToolCallState>(new(Encoding.UTF8.GetBytes(text)));

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).TrimEnd('\n');
}
