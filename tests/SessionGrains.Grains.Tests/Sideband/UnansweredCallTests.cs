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
    public void A_result_may_be_on_its_way_for_a_minute() =>
        Assert.Equal(["open", "new"], Among(Row("open", Noon - Seconds(1), null), Row("new", Noon - Seconds(61), Noon - Seconds(60)), Row("old", Noon - Seconds(70), Noon - Seconds(62))));

    [Theory]
    [InlineData(null)]
    [InlineData(-60.0)]
    public void A_result_may_have_waited_for_another_call_that_is_still_at_work_or_was_until_a_minute_ago(double? doneAt)
    {
        var slow = Row("slow", Noon - Seconds(500), doneAt is { } seconds ? Noon + Seconds(seconds) : null);

        Assert.Equal(["slow", "waits"], Among(slow, Row("waits", Noon - Seconds(501), Noon - Seconds(499)), Row("before", Noon - Seconds(600), Noon - Seconds(501))));
    }

    [Fact]
    public void No_result_waits_for_somebodys_approval() =>
        Assert.Equal(["asks"], Among(Row("asks", Noon - Seconds(500), null) with { State = ToolCallState.None with { Stage = ToolCallStage.PendingApproval, CreatedAt = Noon - Seconds(500) } }, Row("done", Noon - Seconds(501), Noon - Seconds(499))));

    [Fact]
    public void One_that_ends_the_workflow_is_never_too_old()
    {
        var farewell = Row("bye", Noon - Seconds(300), Noon - Seconds(299));

        Assert.Equal(["bye"], Among(Row("old", Noon - Seconds(300), Noon - Seconds(299)), farewell with { State = farewell.State with { EndsWorkflow = true } }));
    }

    [Fact]
    public void What_the_page_passes_on_is_the_pages_to_answer() =>
        Assert.Empty(Among(Row("relayed", Noon, null, ToolCallSource.Relay)));

    private static IEnumerable<string> Among(params ToolCallRow[] rows) => UnansweredCall.Among(rows, Noon).Select(call => call.CallId.Value);

    private static ToolCallRow Row(string call, DateTimeOffset createdAt, DateTimeOffset? completedAt, ToolCallSource source = ToolCallSource.Sideband) =>
        new(ToolCallId.Parse(call), ToolCallState.None with { Name = "lookup_order", Stage = ToolCallStage.Started, Source = source, CreatedAt = createdAt, CompletedAt = completedAt });
}
