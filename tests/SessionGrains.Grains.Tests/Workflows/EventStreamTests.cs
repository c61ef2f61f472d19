using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class EventStreamTests
{
    private readonly Clock clock = new();

    private static WorkflowView View { get; } = WorkflowViews.Of(WorkflowId.New(), Active(), new("", null, [], [], 0, 0, 0, 0, 0), null, Control.Full);

    [Fact]
    public void A_stream_opens_with_a_snapshot_and_nothing_older()
    {
        var stream = With(3);

        var page = stream.Open(null, View);

        Assert.IsType<WorkflowEvent.Updated>(Assert.Single(page.Events));
    }

    [Fact]
    public async Task What_follows_a_snapshot_is_what_happened_since()
    {
        var stream = With(3);
        var snapshot = stream.Open(null, View).Events[0];

        stream.Tell(Said("after"));

        Assert.Equal(["after"], Texts(await stream.Next(snapshot.Id, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_resumed_stream_tells_what_was_missed_in_rising_order_after_its_snapshot()
    {
        var stream = With(5);
        var seen = stream.Open(0, View).Events[2].Id;

        var page = stream.Open(seen, View).Events;

        Assert.Equal(["2", "3", "4"], Texts(page[1..]));
        Assert.Equal(page.Select(told => told.Id), page.Select(told => told.Id).Order().Distinct());
        Assert.True(page[0].Id > seen);
    }

    [Fact]
    public void A_page_that_opens_again_is_told_what_somebody_is_still_asked()
    {
        var stream = With(2);
        var call = new ToolCallView(View.Id, ToolCallId.Parse("call_1"), "issue_refund", "sha256:0", ToolCallStatus.PendingApproval, null, null, Noon, null, ToolCallSource.Sideband);

        var page = stream.Open(null, View, new WorkflowEvent.ApprovalRequested(call)).Events;
        stream.Tell(Said("next"));

        Assert.Equal([typeof(WorkflowEvent.Updated), typeof(WorkflowEvent.ApprovalRequested)], page.Select(told => told.GetType()));
        Assert.Equal(["next"], Texts(stream.Open(page[1].Id, View).Events[1..]));
    }

    [Fact]
    public void Ids_rise_over_a_takeover_and_fit_a_JavaScript_number()
    {
        var first = With(1000);
        var last = first.Open(0, View).Events[^1].Id;

        var second = new EventStream(clock);
        var resumed = second.Open(last, View).Events[0].Id;
        second.Tell(Said("later"));

        Assert.True(resumed > last);
        Assert.True(second.Open(resumed, View).Events[^1].Id > resumed);
        Assert.InRange(last, 1, 9_007_199_254_740_991);
    }

    [Fact]
    public void An_id_from_a_far_future_is_not_believed()
    {
        var stream = With(1);

        var page = stream.Open(long.MaxValue, View);

        Assert.InRange(page.Events[0].Id, 1, 9_007_199_254_740_991);
    }

    [Fact]
    public void Only_the_last_events_are_kept_and_a_reader_who_fell_behind_gets_a_snapshot_before_them()
    {
        var stream = With(300);

        var page = stream.Open(1, View).Events;

        Assert.Equal(257, page.Length);
        Assert.IsType<WorkflowEvent.Updated>(page[0]);
        Assert.Equal("299", Texts(page[1..])[^1]);
    }

    [Fact]
    public void A_stream_of_a_workflow_that_is_over_ends_with_its_end_whether_it_was_told_here_or_not()
    {
        var elsewhere = new EventStream(clock).Last(null, View, opens: true).Events;
        Assert.Equal([typeof(WorkflowEvent.Updated), typeof(WorkflowEvent.Ended)], elsewhere.Select(told => told.GetType()));
        Assert.True(elsewhere[1].Id > elsewhere[0].Id);

        var here = With(1);
        here.Tell(new WorkflowEvent.Ended(View));
        Assert.IsType<WorkflowEvent.Ended>(Assert.Single(here.Last(here.Open(0, View).Events[1].Id, View, opens: false).Events));
    }

    [Fact]
    public async Task Who_waits_is_woken_by_the_next_event()
    {
        var stream = With(1);
        var last = stream.Open(0, View).Events[^1].Id;

        var waiting = stream.Next(last, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        stream.Tell(Said("next"));

        Assert.Equal(["next"], Texts(await waiting));
    }

    [Fact]
    public async Task Who_waits_for_nothing_is_answered_with_nothing_after_ten_seconds()
    {
        var stream = With(1);
        var waiting = stream.Next(stream.Open(0, View).Events[^1].Id, TestContext.Current.CancellationToken);

        clock.Advance(Seconds(10));

        Assert.Empty(await waiting);
    }

    private EventStream With(int events)
    {
        var stream = new EventStream(clock);
        for (var number = 0; number < events; number++)
        {
            stream.Tell(Said($"{number}"));
        }

        return stream;
    }

    private static WorkflowEvent.TranscriptDelta Said(string text) => new("user", "item", text);

    private static string[] Texts(IEnumerable<WorkflowEvent> told) => [.. told.Cast<WorkflowEvent.TranscriptDelta>().Select(said => said.Text)];
}
