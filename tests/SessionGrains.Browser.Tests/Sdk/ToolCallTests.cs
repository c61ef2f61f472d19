using System.Globalization;
using System.Text.Json.Nodes;
using SessionGrains.Browser.Tests.Pretended;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>Tools run on the server; the page passes on, shows and decides.</summary>
public sealed class ToolCallTests(Chromium chromium)
{
    private const string LooksUp = """
        {"name":"looks-up","turns":[
          {"when":{"user_says":"order"},"calls":[{"name":"lookup_order","arguments":{"order_id":"A-1"},"call_id":"call_1"}]},
          {"when":{"after_tool":"lookup_order","output_contains":"shipped"},"say":"It has been shipped."},
          {"when":{"after_tool":"lookup_order"},"say":"I could not find it."}]}
        """;

    private static readonly JsonObject Order = new() { ["transcript"] = "Where is my order?" };

    [Fact]
    public async Task In_client_secret_mode_a_tool_call_is_relayed_and_its_output_answered_once()
    {
        await using var scene = await Asked("direct-intake");

        await scene.Until("() => lab.of('transcript').some(t => t.text === 'It has been shipped.')");
        var relayed = scene.Api.SeenAt("/tool_calls").Single().Json;
        Assert.Equal(("call_1", "lookup_order"), ((string?)relayed["call_id"], (string?)relayed["name"]));
        Assert.Equal("A-1", (string?)JsonNode.Parse((string)relayed["arguments"]!)!["order_id"]);
        Assert.Equal(["conversation.item.create", "response.create"], await scene.SentByBrowser());
        var told = (await scene.Told("tool_call")).Single()!;
        Assert.Equal(("completed", """{"order_id":"A-1"}"""), ((string?)told["status"], ((string)told["arguments"]!).Replace(" ", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task All_outputs_of_a_response_go_out_before_the_model_goes_on()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("direct-intake");

        await scene.Respond("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"A-1"}},{"name":"lookup_order","arguments":{"order_id":"A-2"}}]}""");

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Length >= 3, () => "too little was sent");
        Assert.Equal(["conversation.item.create", "conversation.item.create", "response.create"], await scene.SentByBrowser());
    }

    [Fact]
    public async Task A_refused_tool_call_is_answered_with_the_refusal_so_that_the_model_can_go_on()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/tool_calls", 403, "tool_not_allowed"));
        await scene.Start("direct-intake");
        await scene.Play(LooksUp);

        await scene.Control($"calls/{scene.Api.Workflow.CallId}/speech", Order.DeepClone());

        await scene.Until("() => lab.of('transcript').some(t => t.text === 'I could not find it.')");
        Assert.Empty(await scene.Told("tool_call"));
    }

    [Fact]
    public async Task A_relayed_call_whose_reply_is_lost_is_sent_again_as_the_same_call()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/tool_calls", 0, Act: true));
        await scene.Start("direct-intake");
        await scene.Play(LooksUp);

        await scene.Control($"calls/{scene.Api.Workflow.CallId}/speech", Order.DeepClone());

        await scene.Until("() => lab.of('transcript').some(t => t.text === 'It has been shipped.')");
        Assert.Equal(["call_1", "call_1"], scene.Api.SeenAt("/tool_calls").Select(request => (string)request.Json["call_id"]!));
        Assert.Single(await scene.SentByBrowser(), "conversation.item.create");
    }

    [Theory]
    [InlineData("voice-intake")]
    [InlineData("direct-intake")]
    public async Task Where_the_server_holds_the_call_the_page_answers_nothing_and_changes_no_session(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start(definition);
        scene.Api.Workflow.Control = "full";
        scene.Api.Workflow.Tell("workflow.updated", scene.Api.View(scene.Api.Workflow));
        await scene.Until("() => lab.workflow.workflow.control === 'full'");
        await scene.Play(LooksUp);

        await scene.Control($"calls/{scene.Api.Workflow.CallId}/speech", Order.DeepClone());
        await scene.Until("() => lab.of('transcript').some(t => t.role === 'user' && t.final)");
        await SdkScene.Until(() => scene.Ledger("tool_call.issued").GetAwaiter().GetResult().Count == 1, () => "no tool call was issued");
        scene.Api.Workflow.Tell("tool_call.updated", PretendApi.ToolCall(scene.Api.Workflow, "call_1", "lookup_order", new JsonObject { ["status"] = "running" }));
        await scene.Until("() => lab.of('tool_call').some(c => c.arguments)");

        Assert.Empty(scene.Api.SeenAt("/tool_calls"));
        Assert.Empty(await scene.SentByBrowser());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_call_that_a_dying_server_left_unanswered_is_relayed_and_one_that_it_answered_is_not(bool isAnswered)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("direct-intake");
        await ShowControl("full");
        await scene.Respond("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"A-1"},"call_id":"call_1"}]}""");
        await scene.Until("() => lab.heard('response.done') === 1");
        if (isAnswered)
        {
            await scene.Control($"calls/{scene.Api.Workflow.CallId}/events", JsonNode.Parse("""
                {"type":"conversation.item.added","event_id":"event_1","previous_item_id":null,"item":{"id":"item_1","object":"realtime.item","type":"function_call_output","status":"completed","call_id":"call_1","output":"{}"}}
                """)!);
            await scene.Until("() => lab.heard('function_call_output') === 1");
        }

        Assert.Empty(scene.Api.SeenAt("/tool_calls"));
        await ShowControl("degraded");
        if (isAnswered)
        {
            // The next one is relayed, and shows that the first was not.
            await scene.Respond("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"A-2"},"call_id":"call_2"}]}""");
        }

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Contains("response.create"), () => "nothing was answered");
        Assert.Equal(isAnswered ? "call_2" : "call_1", (string?)scene.Api.SeenAt("/tool_calls").Single().Json["call_id"]);
        Assert.Equal(["conversation.item.create", "response.create"], await scene.SentByBrowser());

        async Task ShowControl(string control)
        {
            scene.Api.Workflow.Control = control;
            scene.Api.Workflow.Tell("workflow.updated", scene.Api.View(scene.Api.Workflow));
            await scene.Until($"() => lab.workflow.workflow.control === '{control}'");
        }
    }

    [Theory]
    [InlineData("approve", "completed", "user")]
    [InlineData("deny", "denied", "user")]
    // A server of the version before does not say who must agree.
    [InlineData("approve", "completed", null)]
    public async Task An_approval_is_decided_with_the_hash_of_what_was_shown(string decision, string status, string? approver)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("sealed-intake");
        var call = PretendApi.ToolCall(scene.Api.Workflow, "call_7", "issue_refund", new JsonObject { ["status"] = "pending_approval", ["approve_by"] = "2030-01-01T00:00:00Z" });
        if (approver is not null)
        {
            call["approver"] = approver;
        }

        scene.Api.Workflow.ToolCalls["call_7"] = call;

        scene.Api.Workflow.Tell("approval.requested", call.DeepClone());
        await scene.Until("() => lab.of('approval').length === 1");
        var decided = await scene.Browser.EvaluateAsync<string>("async (decision) => (await lab.workflow[decision]('call_7')).status", decision);

        Assert.Equal(status, decided);
        var sent = scene.Api.SeenAt("/approval").Single().Json;
        Assert.Equal((decision, "sha256:0f1e2d"), ((string?)sent["decision"], (string?)sent["arguments_hash"]));
        await scene.Until($"() => lab.of('tool_call').at(-1).status === '{status}'");
    }

    [Fact]
    public async Task A_call_that_waits_for_an_operator_is_told_and_its_user_is_not_asked()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("sealed-intake");
        var call = PretendApi.ToolCall(scene.Api.Workflow, "call_7", "issue_refund", new JsonObject { ["status"] = "pending_approval", ["approver"] = "operator" });

        scene.Api.Workflow.Tell("tool_call.updated", call.DeepClone());
        scene.Api.Workflow.Tell("approval.requested", call.DeepClone());
        call["status"] = "completed";
        scene.Api.Workflow.Tell("tool_call.updated", call.DeepClone());
        await scene.Until("() => lab.of('tool_call').length === 2");

        Assert.Equal(["pending_approval", "completed"], (await scene.Told("tool_call")).Select(told => (string)told!["status"]!));
        Assert.Empty(await scene.Told("approval"));
    }

    [Fact]
    public async Task A_relayed_call_that_waits_for_approval_is_answered_once_it_is_decided()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.RunTool = _ => new JsonObject { ["status"] = "pending_approval", ["approve_by"] = "2030-01-01T00:00:00Z" };
        await scene.Start("direct-intake");
        await scene.Respond("""{"calls":[{"name":"issue_refund","arguments":{"order_id":"A-1","amount_usd":5},"call_id":"call_9"}]}""");
        await scene.Until("() => lab.of('approval').length === 1");
        Assert.Empty(await scene.SentByBrowser());

        await scene.Browser.EvaluateAsync("() => lab.workflow.approve('call_9')");

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Length == 2, () => "nothing was answered");
        Assert.Equal(["conversation.item.create", "response.create"], await scene.SentByBrowser());
        Assert.Single(await scene.Told("approval"));
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("pending_approval")]
    public async Task A_relayed_call_is_asked_about_through_an_outage_until_its_outcome_is_known(string first)
    {
        await using var scene = await SdkScene.Open(chromium);
        var runs = 0;
        scene.Api.RunTool = _ => new JsonObject { ["status"] = first, ["output"] = ++runs == 1 && first == "completed" ? """{"refunded":true}""" : null };
        await scene.Start("direct-intake");
        if (first == "completed")
        {
            // It has run, and its answer is lost.
            scene.Api.Fail(new("/tool_calls", 0, Act: true));
            Away();
        }

        await scene.Respond("""{"calls":[{"name":"issue_refund","arguments":{"order_id":"A-1","amount_usd":5},"call_id":"call_9"}]}""");
        if (first == "pending_approval")
        {
            await scene.Until("() => lab.of('approval').length === 1");
            Away();
            await scene.Browser.EvaluateAsync("() => lab.workflow.approve('call_9')");
        }

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Contains("response.create"), () => "nothing was answered");
        Assert.Equal("""{"refunded":true}""", (await scene.ToldToModel()).Single().ToJsonString());
        Assert.Equal(1, runs);

        // Once more than whoever gives up would ask.
        void Away()
        {
            for (var time = 0; time < 4; time++)
            {
                scene.Api.Fail(new("/tool_calls", 502, "bad_gateway"));
                scene.Api.Fail(new("/tool_calls/call_9", 502, "bad_gateway"));
            }
        }
    }

    [Theory]
    [InlineData(null, """{"status":"failed","error":"tool_not_allowed in detail"}""")]
    [InlineData("429 rate_limited", """{"status":"failed","error":"tool_not_allowed in detail"}""")]
    [InlineData("504 gateway_timeout", """{"status":"unknown","error":"tool_not_allowed in detail","may_have_happened":true,"message":"Nobody knows whether it took effect. Say so, and do not try again."}""")]
    public async Task Only_a_refusal_that_nothing_came_before_says_that_a_call_has_failed(string? before, string told)
    {
        await using var scene = await SdkScene.Open(chromium);
        if (before?.Split(' ') is [var status, var code])
        {
            scene.Api.Fail(new("/tool_calls", int.Parse(status, CultureInfo.InvariantCulture), code));
        }

        scene.Api.Fail(new("/tool_calls", 403, "tool_not_allowed"));
        await scene.Start("direct-intake");

        await scene.Respond("""{"calls":[{"name":"issue_refund","arguments":{"order_id":"A-1","amount_usd":5}}]}""");

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Contains("response.create"), () => "nothing was answered");
        Assert.Equal(told, (await scene.ToldToModel()).Single().ToJsonString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_relayed_call_is_asked_for_no_more_once_its_conversation_is_over(bool isEnded)
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("direct-intake");
        scene.Api.Fail(new("/tool_calls", 503, "draining", RetryAfter: "60"));
        await scene.Respond("""{"calls":[{"name":"issue_refund","arguments":{"order_id":"A-1","amount_usd":5}}]}""");
        await scene.UntilSeen("/tool_calls");

        if (isEnded)
        {
            await scene.Browser.EvaluateAsync("() => lab.workflow.end()");
        }
        else
        {
            await scene.Api.HangUp(scene.Api.Workflow);
            await scene.Until("() => lab.live.connections.length === 2 && lab.workflow.state === 'connected'");
            // Whoever waits is woken.
            await scene.Browser.EvaluateAsync("() => { dispatchEvent(new Event('online')); }");
            await scene.Until("() => lab.live.connections.length === 3 && lab.workflow.state === 'connected'");
        }

        Assert.Single(scene.Api.SeenAt("/tool_calls"));
    }

    [Fact]
    public async Task An_outcome_that_nobody_knows_is_told_as_one_that_is_not_to_be_tried_again()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.RunTool = _ => new JsonObject { ["status"] = "unknown", ["error"] = "No answer in time." };
        await scene.Start("direct-intake");

        await scene.Respond("""{"calls":[{"name":"issue_refund","arguments":{"order_id":"A-1","amount_usd":5}}]}""");

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Contains("response.create"), () => "nothing was answered");
        Assert.Equal(
            """{"status":"unknown","error":"No answer in time.","may_have_happened":true,"message":"Nobody knows whether it took effect. Say so, and do not try again."}""",
            (await scene.ToldToModel()).Single().ToJsonString());
    }

    [Fact]
    public async Task An_output_that_is_too_long_for_the_channel_holds_back_neither_the_others_nor_the_model()
    {
        await using var scene = await SdkScene.Open(chromium);
        var runs = 0;
        scene.Api.RunTool = _ => new JsonObject { ["status"] = "completed", ["output"] = $$"""{"text":"{{new string('x', ++runs == 1 ? 300_000 : 3)}}"}""" };
        await scene.Start("direct-intake");

        await scene.Respond("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"A-1"}},{"name":"lookup_order","arguments":{"order_id":"A-2"}}]}""");

        await SdkScene.Until(() => scene.SentByBrowser().GetAwaiter().GetResult().Contains("response.create"), () => "the model was not asked to go on");
        Assert.Equal(["""{"status":"completed","error":"Its output is too long."}""", """{"text":"xxx"}"""], (await scene.ToldToModel()).Select(told => told.ToJsonString()).Order());
    }

    private async Task<SdkScene> Asked(string definition)
    {
        var scene = await SdkScene.Open(chromium);
        await scene.Start(definition);
        await scene.Play(LooksUp);
        await scene.Control($"calls/{scene.Api.Workflow.CallId}/speech", Order.DeepClone());
        return scene;
    }
}
