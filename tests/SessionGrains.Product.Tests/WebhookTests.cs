using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using SessionGrains.Tools.Tests.Running;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Webhooks of real processes: what a receiver gets when it was away, and when silos die.</summary>
public sealed class WebhookTests(TestPostgres postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_silo_that_is_killed_between_sending_and_recording_leaves_one_more_telling_of_the_same_id_to_another()
    {
        await using var receiver = await WebhookReceiver.Start();
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(database, silos: 1, more: Settings(receiver));
        using var browser = product.Browser("ada");
        var mortal = await product.AddSilo(new KeyValuePair<string, string>("SESSIONGRAINS_FAILPOINT", "webhook-sent"));
        var workflows = new List<JsonNode>();
        await Eventually.True(
            async () =>
            {
                if (await browser.Start("brokered") is { Status: HttpStatusCode.Created } started)
                {
                    workflows.Add(started.Json);
                }

                return mortal.HasExited;
            },
            Patience,
            () => product.Output);

        foreach (var workflow in workflows)
        {
            await Eventually.True(async () => (await browser.End(workflow)).Status is HttpStatusCode.OK, Patience, () => product.Output);
        }

        var ids = workflows.Select(workflow => (string)workflow["id"]!).ToHashSet();
        await Eventually.True(
            () => Task.FromResult(receiver.Taken.Count(got => got.Type is "workflow.ended" && ids.Contains(got.Workflow)) >= ids.Count), Patience, () => product.Output);

        Assert.All(ids, id => Assert.Equal(
            ["workflow.started", "workflow.ended"], receiver.Taken.Where(got => got.Workflow == id).DistinctBy(got => got.Id).Select(got => got.Type)));
        var twice = receiver.Got.GroupBy(got => got.Id).Where(same => same.Count() > 1).ToList();
        Assert.NotEmpty(twice);
        Assert.All(twice, same => Assert.Single(same.Select(got => got.Body).Distinct()));
        TestContext.Current.TestOutputHelper!.WriteLine($"{ids.Count} workflows, {receiver.Got.Count} webhooks, {twice.Count} told twice");
    }

    [Fact]
    public async Task A_receiver_that_was_away_gets_everything_in_order_and_an_operator_sees_it_and_orders_one_again()
    {
        await using var receiver = await WebhookReceiver.Start();
        receiver.Answer = _ => 503;
        await using var product = await RunningProduct.OneProcess(firstOnly: Settings(receiver));
        using var browser = product.Browser("ada");
        using var olga = Browser.Of("olga", product.Url, scope: "sessiongrains.operator");
        var started = await browser.MustStart("brokered");
        Assert.Equal(HttpStatusCode.Created, (await browser.Connect(started)).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.End(started)).Status);
        await Eventually.True(async () => (await Log(olga, "?status=pending")).Any(each => (int?)each["answer_status"] is 503), Patience, () => product.Output);

        receiver.Answer = got => StandardWebhook.IsGenuine(got.Headers, got.Body, WebhookReceiver.Secret, TimeProvider.System.GetUtcNow()) ? 200 : 400;
        await Eventually.True(async () => (await Log(olga, "?status=delivered")).Count is 3, Patience, () => product.Output);

        Assert.Equal(["workflow.started", "workflow.connected", "workflow.ended"], receiver.Taken.Select(got => got.Type));
        Assert.DoesNotContain(receiver.Got, got => got.Status is 400);
        var log = await Log(olga, $"?workflow={started["id"]}&limit=1");
        Assert.Equal(("workflow.ended", 1, 200), ((string?)log[0]["type"], (int)log[0]["attempts"]!, (int)log[0]["answer_status"]!));
        Assert.Equal("ada", (string?)receiver.Taken[0].Data["workflow"]!["owner"]!["subject"]);

        var again = await olga.Send(HttpMethod.Post, $"/v1/admin/webhooks/deliveries/{log[0]["id"]}/redeliver", """{"reason_detail":"lost by us"}""");
        Assert.Equal((HttpStatusCode.OK, "pending"), (again.Status, (string?)again.Json["status"]));
        await Eventually.True(() => Task.FromResult(receiver.Taken.Count is 4), Patience, () => product.Output);
        Assert.Equal(receiver.Taken[2].Id, receiver.Taken[3].Id);
        Assert.Equal(receiver.Taken[2].Body, receiver.Taken[3].Body);
        var filed = (await olga.Send(HttpMethod.Get, "/v1/admin/audit?owner=olga")).Json["data"]!.AsArray().Single()!;
        Assert.Equal(("operator.redelivered", "olga"), ((string?)filed["kind"], (string?)filed["owner"]));
        Assert.EndsWith(": lost by us", (string)filed["detail"]!, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<JsonNode>> Log(Browser olga, string query)
    {
        var answer = await olga.Send(HttpMethod.Get, $"/v1/admin/webhooks/deliveries{query}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return [.. answer.Json["data"]!.AsArray().Select(each => each!)];
    }

    // An attempt that was lost is noticed the sooner the shorter attempts may be.
    private static KeyValuePair<string, string>[] Settings(WebhookReceiver receiver) =>
        [.. receiver.Settings("__").Select(setting => new KeyValuePair<string, string>(setting.Key, setting.Value!)), new("SessionGrains__Webhooks__Timeout", "00:00:02")];
}
