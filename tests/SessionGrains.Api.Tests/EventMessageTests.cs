using System.Collections.Immutable;
using System.Text.Json;

namespace SessionGrains.Api.Tests;

/// <summary>What each kind of event looks like to a page.</summary>
public sealed class EventMessageTests : IClassFixture<ApiUnderTest>
{
    private readonly ApiUnderTest api;
    private readonly WorkflowId id;

    public EventMessageTests(ApiUnderTest api)
    {
        this.api = api;
        api.Grains.Reset();
        id = api.Grains.Add(Token.Ada);
    }

    [Fact]
    public async Task A_workflow_event_holds_the_workflow_object_and_no_secret()
    {
        var view = Picture.Of(id);
        using var got = await api.Send("GET", $"/v1/workflows/{id}", Token.OfAda);
        var expected = (await got.Json()).GetRawText();

        var blocks = await Told(new WorkflowEvent.Updated(view), new WorkflowEvent.Expiring(view));

        Assert.Equal(
            [
                $"id: 1\nevent: workflow.updated\ndata: {expected}",
                $"id: 2\nevent: workflow.expiring\ndata: {expected}",
                $"id: 3\nevent: workflow.ended\ndata: {expected}",
            ],
            blocks);
        Assert.DoesNotContain("client_secret\":", expected, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_call_event_holds_the_tool_call_object_and_a_request_for_approval_its_time_limit()
    {
        var call = Picture.OfCall(id, ToolCallId.Parse("call_1"));
        using var got = await api.Send("GET", $"/v1/workflows/{id}/tool_calls/call_1", Token.OfAda);
        var expected = (await got.Json()).GetRawText();
        var pending = call with { Status = ToolCallStatus.PendingApproval, ApproveBy = Token.Noon.AddMinutes(2), Output = null, CompletedAt = null };

        var blocks = await Told(new WorkflowEvent.ToolCallUpdated(call), new WorkflowEvent.ApprovalRequested(pending));

        Assert.Equal($"id: 1\nevent: tool_call.updated\ndata: {expected}", blocks[0]);
        Assert.StartsWith("id: 2\nevent: approval.requested\ndata: {\"object\":\"tool_call\",", blocks[1], StringComparison.Ordinal);
        Assert.Contains("\"status\":\"pending_approval\"", blocks[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"source\":\"relay\",\"approve_by\":\"2026-11-24T12:02:00Z\"}", blocks[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "null", false)]
    [InlineData(0.0, "0", false)]
    [InlineData(0.79, "0.79", false)]
    [InlineData(0.8, "0.8", true)]
    [InlineData(1.0, "1", true)]
    [InlineData(1.25, "1", true)]
    public async Task A_usage_event_holds_what_was_used_and_warns_when_four_fifths_of_the_budget_are_gone(double? used, string written, bool warns)
    {
        var usage = new UsageView(1, 2, 3, 4, 5, 0.06m, 7, true);

        var blocks = await Told(new WorkflowEvent.UsageUpdated(usage, used));

        Assert.Equal(
            "id: 1\nevent: usage.updated\ndata: {\"responses\":1,\"input_tokens\":2,\"output_tokens\":3,\"audio_input_tokens\":4,\"audio_output_tokens\":5,"
            + $"\"cost_usd\":0.06,\"tool_calls\":7,\"estimated\":true,\"budget_used\":{written},\"budget_warning\":{(warns ? "true" : "false")}}}",
            blocks[0]);
    }

    [Fact]
    public async Task A_transcript_event_holds_who_said_what_in_one_line_whatever_was_said()
    {
        const string Said = "One\nTwo\r\nThree\u2028 data: id: \"four\"\n\n: five";

        var blocks = await Told(
            new WorkflowEvent.TranscriptDelta("user", "item_1", "He"), new WorkflowEvent.TranscriptDone("assistant", "item_2", Said));

        Assert.Equal("id: 1\nevent: transcript.delta\ndata: {\"role\":\"user\",\"item_id\":\"item_1\",\"text\":\"He\"}", blocks[0]);
        var lines = blocks[1].Split('\n');
        Assert.Equal(("id: 2", "event: transcript.done", 3), (lines[0], lines[1], lines.Length));
        Assert.Equal(Said, JsonDocument.Parse(lines[2]["data: ".Length..]).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void Every_kind_of_event_is_tried_here()
    {
        var kinds = typeof(WorkflowEvent).GetNestedTypes().Where(kind => kind.IsSubclassOf(typeof(WorkflowEvent))).Select(kind => kind.Name);

        Assert.Equal(
            ["ApprovalRequested", "Ended", "Expiring", "ToolCallUpdated", "TranscriptDelta", "TranscriptDone", "Updated", "UsageUpdated"],
            kinds.Order());
    }

    /// <summary>Sends events, with an end after them so that the stream closes.</summary>
    private async Task<List<string>> Told(params ImmutableArray<WorkflowEvent> events)
    {
        api.Grains.Workflow(id).Told.Opening =
            [.. events.Append(new WorkflowEvent.Ended(Picture.Of(id))).Select((told, i) => told with { Id = i + 1 })];
        using var listener = await Listener.Open(api, id);
        return await listener.Rest();
    }
}
