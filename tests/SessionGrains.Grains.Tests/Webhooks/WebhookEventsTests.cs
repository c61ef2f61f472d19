using System.Text.Json.Nodes;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Webhooks;
using SessionGrains.Grains.Workflows;
using SessionGrains.Tools;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;
using static SessionGrains.Grains.Workflows.WorkflowCommand;
using Approval = SessionGrains.Grains.Definitions.Approval;

namespace SessionGrains.Grains.Tests.Webhooks;

/// <summary>What endpoints are told of a workflow, from what is stored of it.</summary>
public sealed class WebhookEventsTests
{
    private static readonly WorkflowId Id = WorkflowId.Parse("wf_" + new string('a', 26));

    [Fact]
    public void A_whole_life_is_told_in_order_the_end_last_and_the_same_when_asked_again()
    {
        var state = Over(Active()
            .Note(Noon + Seconds(1), ToolCallAudit.Admitted, "call_r lookup_order Sideband sha256:r")
            .Note(Noon + Seconds(2), ToolCallAudit.Outcome, "call_r lookup_order Completed")
            .Note(Noon + Seconds(5), TimelineKinds.BudgetWarning, "82 %"));
        ToolCallRow[] rows = [Row("call_w", ToolCallStage.Completed, 4), Row("call_a", ToolCallStage.Denied, 3, Approval.Operator)];

        var told = WebhookEvents.AtEnd(Id, state, Limits, rows);

        Assert.Equal(
            "workflow.started workflow.connected:rtc_one approval.requested:call_a tool_call.completed:call_r tool_call.completed:call_a "
            + "tool_call.completed:call_w budget.threshold workflow.ended",
            string.Join(' ', told.Select(happened => happened.Key)));
        Assert.Equal(told.Select(happened => happened.Key), WebhookEvents.AtEnd(Id, state, Limits, rows).Select(happened => happened.Key));
        Assert.All(told, happened => Assert.Contains(happened.Type, WebhookTypes.All));
    }

    [Fact]
    public void A_second_call_is_an_event_of_its_own_and_a_repeated_warning_is_none()
    {
        var state = Active()
            .Note(Noon, TimelineKinds.Connected, "rtc_two")
            .Note(Noon, TimelineKinds.BudgetWarning, "82 %")
            .Note(Noon, TimelineKinds.BudgetWarning, "90 %");

        Assert.Equal(
            ["workflow.started", "workflow.connected:rtc_one", "workflow.connected:rtc_two", "budget.threshold"],
            WebhookEvents.Of(state, Limits).Select(happened => happened.Key).Distinct());
    }

    [Fact]
    public void A_call_that_runs_tells_nothing_yet_and_one_without_an_outcome_gets_the_honest_one_at_the_end()
    {
        Assert.Empty(WebhookEvents.Of(View(Row("call_w", ToolCallStage.Started, 0)), Approval.None));

        var told = WebhookEvents.AtEnd(Id, Over(Active()), Limits, [Row("call_w", ToolCallStage.Started, 0), Row("call_p", ToolCallStage.PendingApproval, 0, Approval.User)]);

        Assert.Equal("unknown", Status(told, "call_w"));
        Assert.Equal("denied", Status(told, "call_p"));
        Assert.Equal("pending_approval", (string)Json(told.Single(happened => happened.Type is WebhookTypes.ApprovalRequested))["data"]!["tool_call"]!["status"]!);
    }

    [Fact]
    public void The_words_are_those_of_the_guide()
    {
        var state = Over(Active().Note(Noon + Seconds(5), TimelineKinds.BudgetWarning, "80 %") with { Usage = Consumption.None with { Responses = 3, CostUsd = 1.2m } });
        var told = WebhookEvents.AtEnd(Id, state, Limits, [Row("call_a", ToolCallStage.Completed, 4, Approval.Operator)]);

        const string Workflow = """
            {"id":"wf_aaaaaaaaaaaaaaaaaaaaaaaaaa","definition":"voice-intake","definition_version":"v1","mode":"brokered",
             "owner":{"issuer":"https://issuer.test","tenant":"acme","subject":"ada"},"metadata":{},
             "created_at":"2026-11-24T12:00:00Z","expires_at":"2026-11-24T12:15:00Z"}
            """;
        const string Usage = """{"responses":3,"input_tokens":0,"output_tokens":0,"audio_input_tokens":0,"audio_output_tokens":0,"cost_usd":1.2,"tool_calls":0,"estimated":false}""";
        Is(told, "workflow.started", "2026-11-24T12:00:00Z", $$"""{"workflow":{{Workflow}} }""");
        Is(told, "workflow.connected", "2026-11-24T12:00:00Z", $$"""{"workflow":{{Workflow}},"call_id":"rtc_one"}""");
        Is(told, "approval.requested", "2026-11-24T12:00:00Z", $$"""
            {"workflow":{{Workflow}},
             "tool_call":{"call_id":"call_a","name":"issue_refund","arguments_hash":"sha256:abc","status":"pending_approval","source":"sideband","created_at":"2026-11-24T12:00:00Z"},
             "approval":{"by":"operator","until":"2026-11-24T12:02:00Z"} }
            """);
        Is(told, "tool_call.completed", "2026-11-24T12:00:04Z", $$"""
            {"workflow":{{Workflow}},
             "tool_call":{"call_id":"call_a","name":"issue_refund","arguments_hash":"sha256:abc","status":"completed","source":"sideband",
                          "created_at":"2026-11-24T12:00:00Z","completed_at":"2026-11-24T12:00:04Z"} }
            """);
        Is(told, "budget.threshold", "2026-11-24T12:00:05Z", $$"""
            {"workflow":{{Workflow}},"budget":{"threshold":0.8,"used":0.8,"max_cost_usd":1.5,"max_responses":200},"usage":{{Usage}} }
            """);
        Is(told, "workflow.ended", "2026-11-24T12:01:00Z", $$"""
            {"workflow":{{Workflow}},"end":{"reason":"user_ended","hangup":"confirmed","ended_at":"2026-11-24T12:01:00Z"},"usage":{{Usage}} }
            """);
    }

    [Fact]
    public void Nothing_of_what_was_said_asked_or_answered_is_in_the_words()
    {
        var secret = Row("call_a", ToolCallStage.Failed, 4, Approval.User);
        secret = secret with { State = secret.State with { Arguments = "canary-arguments", Output = "canary-output", Error = "canary-error" } };
        var active = Active() with
        {
            Values = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add("customer", "canary-input"),
            RequestHash = "canary-request",
            CallSalt = "canary-salt",
        };
        var state = Over(active) with { EndDetail = "canary-detail" };

        var rows = Rows(WebhookEvents.AtEnd(Id, state, Limits, [secret]), state);

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.DoesNotContain("canary", row.Body, StringComparison.Ordinal));
        Assert.All(rows, row => Assert.DoesNotContain("hash-1", row.Body, StringComparison.Ordinal));
    }

    [Fact]
    public void An_endpoint_gets_what_it_asked_for_under_ids_of_its_own()
    {
        var all = new WebhookEndpoint();
        var ends = new WebhookEndpoint { Events = { WebhookTypes.Ended } };
        var state = Over(Active());

        var rows = WebhookBodies.Rows([new("all", all), new("ends", ends)], Id, state, WebhookEvents.AtEnd(Id, state, Limits, []));

        Assert.Equal(["all", "all", "all", "ends"], rows.Select(row => row.Endpoint));
        Assert.Equal(rows[2].Body, rows[3].Body);
        Assert.Equal(4, rows.Select(row => row.Id).Distinct().Count());
        Assert.All(rows, row => Assert.Matches("^msg_[0-9a-f]{40}$", row.Id));
        Assert.Equal(rows[0].Id, WebhookBodies.IdOf("all", Id, "workflow.started"));
        Assert.NotEqual(WebhookBodies.IdOf("a", Id, "b"), WebhookBodies.IdOf("a", WorkflowId.New(), "b"));
    }

    private static WorkflowState Over(WorkflowState active)
    {
        var ending = Next(active, new End(EndReason.UserEnded) { By = Ada }, Noon + Seconds(60));
        return Next(ending, new HangUpSettled(Call("one"), HangUpResult.Confirmed), Noon + Seconds(60));
    }

    private static ToolCallRow Row(string call, ToolCallStage stage, double completedAfter, Approval approval = Approval.None) => new(ToolCallId.Parse(call), new()
    {
        Stage = stage,
        Name = "issue_refund",
        ArgumentsHash = "sha256:abc",
        Arguments = "{}",
        Effect = ToolEffect.Unkeyed,
        Approval = approval,
        Owner = Ada,
        CreatedAt = Noon,
        ApproveBy = approval is Approval.None ? null : Noon + Seconds(120),
        CompletedAt = stage is ToolCallStage.Started or ToolCallStage.PendingApproval ? null : Noon + Seconds(completedAfter),
    });

    private static ToolCallView View(ToolCallRow row) => ToolCallViews.Of(new(Id, row.Call), row.State);

    private static IReadOnlyList<WebhookRow> Rows(IReadOnlyList<WebhookEvent> told, WorkflowState state) =>
        WebhookBodies.Rows([new("all", new WebhookEndpoint())], Id, state, told);

    private static JsonNode Json(WebhookEvent told) => JsonNode.Parse(Rows([told], Over(Active()))[0].Body)!;

    private static string Status(IReadOnlyList<WebhookEvent> told, string call) =>
        (string)Json(told.Single(happened => happened.Key == $"tool_call.completed:{call}"))["data"]!["tool_call"]!["status"]!;

    private static void Is(IReadOnlyList<WebhookEvent> told, string type, string timestamp, string data)
    {
        var body = Json(told.Single(happened => happened.Type == type));
        Assert.Equal(["type", "timestamp", "data"], body.AsObject().Select(member => member.Key));
        Assert.Equal((type, timestamp), ((string)body["type"]!, (string)body["timestamp"]!));
        Assert.Equal(JsonNode.Parse(data)!.ToJsonString(), body["data"]!.ToJsonString());
    }
}
