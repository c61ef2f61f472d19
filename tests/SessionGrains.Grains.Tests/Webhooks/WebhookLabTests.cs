using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.ToolCalls;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Testing;
using SessionGrains.Tools.Tests.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.Webhooks;

/// <summary>Webhooks of a real silo to a real receiver, on a clock that only the test moves.</summary>
public sealed class WebhookLabTests
{
    private const int LooksAtALease = 10;

    private const string Whole = "workflow.started workflow.connected tool_call.completed:call_r tool_call.completed:call_w workflow.ended";

    [Fact]
    public async Task A_receiver_that_fails_for_ten_minutes_gets_everything_afterwards_in_order_per_workflow()
    {
        await using var receiver = await WebhookReceiver.Start();
        receiver.Answer = _ => 500;
        await using var lab = await ToolLab.Start(settings: receiver.Settings());
        var workflows = new List<WorkflowId>();
        for (var number = 0; number < 3; number++)
        {
            workflows.Add(await Live(lab));
        }

        var recovers = lab.Clock.GetUtcNow() + TimeSpan.FromMinutes(10);
        await Pass(lab, () => Task.FromResult(lab.Clock.GetUtcNow() >= recovers));
        // While the first one does not arrive, nothing that happened later is even tried.
        Assert.Equal(["workflow.started"], receiver.Got.Select(got => got.Type).Distinct());
        Assert.All(workflows, workflow => Assert.InRange(receiver.Got.Count(got => got.Workflow == workflow.Value), 4, 6));

        receiver.Answer = _ => 204;
        await Pass(lab, async () => (await Count(lab, "status <> 'delivered'")) is 0);

        Assert.All(workflows, workflow => Assert.Equal(Whole, Told(receiver.Taken, workflow)));
        // Every repetition carries the id of the first time, and each event has one of its own.
        Assert.All(receiver.Got.GroupBy(got => (got.Workflow, got.Type, Subject(got))), same => Assert.Single(same.Select(got => got.Id).Distinct()));
        Assert.Equal(workflows.Count * 5, receiver.Got.Select(got => got.Id).Distinct().Count());
        Assert.All(receiver.Got.GroupBy(got => got.Id), same => Assert.Single(same.Select(got => got.Body).Distinct()));
    }

    [Fact]
    public async Task Each_is_signed_at_its_own_time_and_passes_a_receivers_own_check()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var lab = await Lab.Start(settings: receiver.Settings());
        receiver.Answer = got => StandardWebhook.IsGenuine(got.Headers, got.Body, WebhookReceiver.Secret, lab.Clock.GetUtcNow()) ? 204 : 400;
        lab.Clock.Advance(TimeSpan.FromMinutes(7));
        await lab.Begin();

        await Pass(lab, () => Task.FromResult(receiver.Got.Count > 0));

        Assert.Equal(204, receiver.Got[0].Status);
        Assert.Equal("application/json", receiver.Got[0].Headers["content-type"]);
        Assert.Equal(
            ["content-length", "content-type", "host", "webhook-id", "webhook-signature", "webhook-timestamp"], receiver.Got[0].Headers.Keys.Order());
    }

    [Fact]
    public async Task What_lives_is_told_while_it_lives()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var lab = await ToolLab.Start(limits: """{"max_cost_usd":1}""", settings: receiver.Settings());
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        await lab.Ask(workflow, PretendTools.Book);
        var call = CallId.Parse((await workflow.View()).Connection.CallId!);
        await lab.Grains.GetGrain<IWorkflowCall>(workflow.Id.Value).Heard(call, new CallNews.Used(Consumption.None with { Responses = 1, CostUsd = 0.85m }));

        await Pass(lab, () => Task.FromResult(receiver.Taken.Count >= 4));

        Assert.Equal("workflow.started workflow.connected approval.requested:call_1 budget.threshold", Told(receiver.Taken, workflow.Id));
        Assert.Equal("operator", (string)receiver.Taken[2].Data["approval"]!["by"]!);
        Assert.Equal(0.85, (double)receiver.Taken[3].Data["budget"]!["used"]!);
        Assert.Equal(0.85m, (decimal)receiver.Taken[3].Data["usage"]!["cost_usd"]!);
        Assert.Equal(Phase.Active, (await workflow.View()).Phase);
    }

    [Fact]
    public async Task What_the_outbox_could_not_take_is_told_when_it_can_and_in_order()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var lab = await Lab.Start(settings: receiver.Settings());
        await lab.Query("ALTER TABLE webhook_delivery RENAME TO webhook_away", _ => 0);
        var workflow = await lab.BeginCall();
        await Lab.Eventually(() => Task.FromResult(lab.Logs.Text.Contains("is not in the outbox", StringComparison.Ordinal)));

        await lab.Query("ALTER TABLE webhook_away RENAME TO webhook_delivery", _ => 0);
        await Pass(lab, () => Task.FromResult(receiver.Taken.Count >= 2));

        // The clock may have gone on until the call's time was over.
        Assert.StartsWith("workflow.started workflow.connected", Told(receiver.Taken, workflow.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_dies_before_it_told_leaves_it_to_the_next_one_and_nothing_is_told_twice()
    {
        await using var receiver = await WebhookReceiver.Start();
        DirectoryInfo left;
        Running workflow;
        await using (var lab = await ToolLab.Start(settings: receiver.Settings()))
        {
            workflow = await lab.BeginWithTools();
            // What is taken and not yet noted as taken would be delivered again.
            await Pass(lab, async () => await Count(lab, "status = 'delivered'") is 2);
            await lab.Query("ALTER TABLE webhook_delivery RENAME TO webhook_away", _ => 0);
            await lab.Ran(workflow, PretendTools.Refund, "call_w");
            await Lab.Eventually(() => Task.FromResult(lab.Logs.Text.Contains("is not in the outbox", StringComparison.Ordinal)));
            await lab.Query("ALTER TABLE webhook_away RENAME TO webhook_delivery", _ => 0);
            left = await lab.Copy();
        }

        await using var next = await ToolLab.Start(folder: left, settings: receiver.Settings());
        await next.Grains.Workflow(workflow.Id).Knock();
        await Pass(next, () => Task.FromResult(receiver.Taken.Count >= 3));
        await next.Grains.Workflow(workflow.Id).End(A.Ada, null);
        await Pass(next, () => Task.FromResult(receiver.Taken.Any(got => got.Type is "workflow.ended")));

        Assert.Equal("workflow.started workflow.connected tool_call.completed:call_w workflow.ended", Told(receiver.Got, workflow.Id));
    }

    [Fact]
    public async Task Where_there_is_no_endpoint_nothing_is_written()
    {
        await using var lab = await ToolLab.Start();
        await Live(lab);

        Assert.Equal(0, await Count(lab, "1 = 1"));
    }

    [Fact]
    public async Task What_is_gone_is_given_up_and_what_follows_is_tried()
    {
        await using var receiver = await WebhookReceiver.Start();
        receiver.Answer = got => got.Type is "workflow.started" ? 410 : 200;
        await using var lab = await Lab.Start(settings: receiver.Settings());
        var workflow = await lab.Begin();
        await workflow.Grain.End(A.Ada, null);

        await Pass(lab, async () => await Count(lab, "status = 'delivered'") is 1);

        Assert.Equal("workflow.started workflow.ended", Told(receiver.Got, workflow.Id));
        Assert.Equal(1, await Count(lab, "status = 'given_up' AND attempts = 1 AND answer = 410"));
    }

    [Fact]
    public async Task An_operator_delivers_again_under_the_same_id_and_the_order_is_filed()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var lab = await Lab.Start(settings: receiver.Settings());
        await lab.Begin();
        await Pass(lab, async () => await Count(lab, "status = 'delivered'") is 1);
        var operations = lab.Grains.GetGrain<IOperationsGrain>(0);
        var olga = new UserId("https://issuer.test", null, "olga");
        var logged = Assert.Single((await operations.Webhooks(new(WebhookStatus.Delivered, WebhookReceiver.Endpoint, null), 20, null)).Deliveries);

        var ordered = await operations.Redeliver(olga, logged.Id, "repaired");
        await Pass(lab, async () => receiver.Taken.Count is 2 && await Count(lab, "status = 'delivered'") is 1);

        Assert.Equal((WebhookStatus.Pending, 0), (ordered!.Status, ordered.Attempts));
        Assert.Single(receiver.Taken.Select(got => got.Id).Distinct());
        Assert.Equal(logged.Id, receiver.Taken[0].Id);
        Assert.Null(await operations.Redeliver(olga, "msg_none", null));
        var filed = Assert.Single((await operations.Audit(new(null, "olga", null, null), 20, null)).Events);
        Assert.Equal(("operator.redelivered", $"webhook {logged.Id} of {logged.Workflow} to billing: repaired"), (filed.Kind, filed.Detail));
    }

    [Fact]
    public async Task While_secrets_are_changed_the_old_one_and_the_new_one_both_verify()
    {
        const string New = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        await using var receiver = await WebhookReceiver.Start();
        var settings = receiver.Settings();
        settings["SessionGrains:Webhooks:Endpoints:billing:SecondSigningSecretEnv"] = "NEW_SECRET";
        settings["NEW_SECRET"] = New;
        await using var lab = await Lab.Start(settings: settings);
        await lab.Begin();

        await Pass(lab, () => Task.FromResult(receiver.Got.Count > 0));

        Assert.All(new[] { WebhookReceiver.Secret, New }, secret => Assert.True(StandardWebhook.IsGenuine(receiver.Got[0].Headers, receiver.Got[0].Body, secret, lab.Clock.GetUtcNow())));
    }

    [Fact]
    public async Task A_private_address_gets_nothing_unless_it_is_allowed()
    {
        await using var receiver = await WebhookReceiver.Start();
        var settings = receiver.Settings();
        // A name that leads to loopback; the check is made on the address, when it is connected to.
        settings["SessionGrains:Webhooks:Endpoints:billing:Url"] = $"https://localhost:{receiver.Url.Port}/hooks";
        settings["SessionGrains:Webhooks:Endpoints:billing:AllowPrivateNetwork"] = "false";
        await using var lab = await Lab.Start(settings: settings);
        await lab.Begin();

        await Pass(lab, async () => await Count(lab, "attempts > 0 AND leased_until IS NULL") is 1);

        Assert.Equal(1, await Count(lab, "status = 'pending' AND error = 'address refused'"));
        Assert.Empty(receiver.Got);
    }

    /// <summary>A whole life: a call, a tool that only reads, one that has an effect, and the end.</summary>
    private static async Task<WorkflowId> Live(Lab lab)
    {
        var workflow = await lab.BeginWithTools();
        await lab.Ran(workflow, PretendTools.Lookup, "call_r");
        await lab.Ran(workflow, PretendTools.Refund, "call_w");
        await workflow.Grain.End(A.Ada, null);
        await lab.Reaches(workflow.Id, Phase.Ended);
        return workflow.Id;
    }

    /// <summary>Moves the clock second by second, and never while something is under way.</summary>
    private static Task Pass(Lab lab, Func<Task<bool>> until)
    {
        var looks = 0;
        return Lab.Eventually(
            async () =>
            {
                if (await until())
                {
                    return true;
                }

                // What somebody has taken is given time; what was taken and let go of, as by a silo that is gone, is due again only when its lease is over.
                looks = await Count(lab, "leased_until IS NOT NULL") is 0 ? 0 : looks + 1;
                if (looks % LooksAtALease is 0)
                {
                    lab.Clock.Advance(TimeSpan.FromSeconds(1));
                }

                return false;
            },
            () => Task.FromResult(lab.Logs.Text));
    }

    private static async Task<long> Count(Lab lab, string which) =>
        (await lab.Query($"SELECT count(*) FROM webhook_delivery WHERE {which}", row => row.GetInt64(0))).Single();

    private static string Told(IEnumerable<WebhookReceiver.Received> received, WorkflowId workflow) => string.Join(
        ' ', received.Where(got => got.Workflow == workflow.Value).Select(got => Subject(got) is { } call ? $"{got.Type}:{call}" : got.Type));

    private static string? Subject(WebhookReceiver.Received got) => (string?)got.Data["tool_call"]?["call_id"];
}
