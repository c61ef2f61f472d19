using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>Which tool calls of an earlier owner the model may have no result of.</summary>
public sealed class UnansweredCallTests
{
    [Fact]
    public void A_result_may_have_waited_for_the_slowest_tool_that_there_can_be_beside_it()
    {
        ToolCallRow[] rows = [Row("open", null), Row("waited", Noon - Seconds(600)), Row("arrived", Noon - Seconds(661))];

        Assert.Equal(["open", "waited"], UnansweredCall.Among(rows, Noon).Select(call => call.CallId.Value));
    }

    [Fact]
    public void What_the_page_passes_on_is_the_pages_to_answer() =>
        Assert.Empty(UnansweredCall.Among([Row("relayed", null, ToolCallSource.Relay)], Noon));

    [Fact]
    public void Of_very_many_the_open_ones_and_the_newest_results_are_given_again()
    {
        var rows = Enumerable.Range(0, 100).Select(second => Row($"c{second}", Noon - Seconds(second))).Append(Row("open", null));

        Assert.Equal(["open", .. Enumerable.Range(0, 31).Select(second => $"c{second}")], UnansweredCall.Among(rows, Noon).Select(call => call.CallId.Value).OrderBy(id => id is "open" ? -1 : int.Parse(id[1..], null)));
    }

    private static ToolCallRow Row(string call, DateTimeOffset? completedAt, ToolCallSource source = ToolCallSource.Sideband) =>
        new(ToolCallId.Parse(call), ToolCallState.None with { Name = "lookup_order", Source = source, CompletedAt = completedAt });
}
