using System.Collections.Concurrent;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Tests.Storage;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Webhooks;

/// <summary>The outbox: nothing in it is lost, sent by two at once, or overtaken by what happened later in the same workflow.</summary>
public sealed class WebhookDeliveriesTests(TestPostgres server)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Only_the_oldest_that_waits_of_a_workflow_can_be_taken_and_workflows_do_not_wait_for_each_other(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b", "c");
        await Add(database, "wf_2", "x", "y");

        var first = await Take(database);
        Assert.Equal(["a", "x"], Names(first));
        Assert.Empty(await Take(database));

        await database.Webhooks.Arrived(first.Single(taken => taken.Id == "a"), 200, Noon, Cancellation);
        Assert.Equal(["b"], Names(await Take(database)));
        Assert.Empty(await Take(database));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_failed_holds_up_its_workflow_until_it_arrives_or_is_given_up(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b");
        var again = Noon.AddMinutes(5);
        await database.Webhooks.Failed("e", (await Take(database)).Single(), new(503, "status 503"), again, Cancellation);
        // Added while the first one waits.
        await Add(database, "wf_1", "c");

        Assert.Empty(await Take(database, again.AddMilliseconds(-1)));
        var second = Assert.Single(await Take(database, again));
        Assert.Equal(("a", 2), (second.Id, second.Attempt));
        await database.Webhooks.GiveUp(second, new(null, "timeout"), again, Cancellation);

        Assert.Equal(["b"], Names(await Take(database, again)));
        Assert.Equal("c pending 0 / b pending 1 / a given_up 2 timeout", await Log(database));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_was_taken_and_not_recorded_is_sent_again_under_the_same_id_and_a_late_failure_says_nothing_any_more(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b");
        var lost = (await Take(database)).Single();

        Assert.Empty(await Take(database, Noon + Lease - TimeSpan.FromMilliseconds(1)));
        var again = Assert.Single(await Take(database, Noon + Lease));
        Assert.Equal((lost.Id, lost.Body, 2), (again.Id, again.Body, again.Attempt));

        await database.Webhooks.Failed("e", lost, new(500, "status 500"), Noon.AddHours(1), Cancellation);
        await database.Webhooks.GiveUp(lost, new(500, "status 500"), Noon, Cancellation);
        Assert.Equal("b pending 0 / a pending 2", await Log(database));

        // What has arrived has arrived, whoever brought it.
        await database.Webhooks.Arrived(lost, 200, Noon, Cancellation);
        Assert.Equal(["b"], Names(await Take(database, Noon + Lease)));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_is_there_is_not_added_again_and_nothing_is_added_behind_the_end(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b");
        await database.Webhooks.Arrived((await Take(database)).Single(), 200, Noon, Cancellation);

        await Add(database, "wf_1", "a", "b", "c", "workflow.ended");
        await Add(database, "wf_1", "late");

        Assert.Equal("workflow.ended pending 0 / c pending 0 / b pending 0 / a delivered 1", await Log(database));
        await Add(database, "wf_2", "d");
        await database.Webhooks.Add("wf_1", [Row("other", "f")], Noon, Cancellation);
        Assert.StartsWith("other pending 0 / d pending 0 / ", await Log(database), StringComparison.Ordinal);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task However_many_take_at_once_each_is_taken_by_one_and_in_order(string kind)
    {
        await using var database = await Create(kind, server);
        var workflows = Enumerable.Range(0, 12).Select(number => $"wf_{number}").ToList();
        string[] names = ["a", "b", "c", "d", "e"];
        foreach (var workflow in workflows)
        {
            await Add(database, workflow, [.. names.Select(name => $"{workflow}.{name}")]);
        }

        var order = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            async () =>
            {
                while (order.Count < workflows.Count * names.Length)
                {
                    foreach (var taken in await database.Webhooks.Take("e", 3, Noon, Noon + Lease, Cancellation))
                    {
                        order.Enqueue(taken.Id);
                        await database.Webhooks.Arrived(taken, 200, Noon, Cancellation);
                    }
                }
            },
            Cancellation)));

        Assert.Equal(workflows.Count * names.Length, order.Count);
        Assert.All(workflows, workflow => Assert.Equal(
            names.Select(name => $"{workflow}.{name}"), order.Where(id => id.StartsWith($"{workflow}.", StringComparison.Ordinal))));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_log_is_read_newest_first_page_by_page_and_by_filter(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b", "c");
        await Add(database, "wf_2", "d");
        await database.Webhooks.Arrived((await Take(database)).Single(taken => taken.Id == "a"), 204, Noon, Cancellation);

        var first = await database.WebhookSearch.Find(new(null, null, null), 2, null, Cancellation);
        Assert.Equal(["d", "c"], first.Select(found => found.Id));
        Assert.Equal(["b", "a"], (await database.WebhookSearch.Find(new(null, null, null), 9, first[^1].Number, Cancellation)).Select(found => found.Id));
        Assert.Equal(["d", "c", "b"], (await database.WebhookSearch.Find(new("pending", null, null), 9, null, Cancellation)).Select(found => found.Id));
        Assert.Equal(["c", "b", "a"], (await database.WebhookSearch.Find(new(null, "e", "wf_1"), 9, null, Cancellation)).Select(found => found.Id));
        Assert.Empty(await database.WebhookSearch.Find(new(null, "f", null), 9, null, Cancellation));

        var delivered = await database.WebhookSearch.Find("a", Cancellation);
        Assert.Equal(("delivered", 204, (DateTimeOffset?)Noon, (string?)null), (delivered!.Status, delivered.Answer!.Value, delivered.SettledAt, delivered.Error));
        Assert.Null(await database.WebhookSearch.Find("none", Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_is_delivered_again_takes_its_place_and_has_all_of_its_attempts(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b", "c");
        await database.Webhooks.GiveUp((await Take(database)).Single(), new(410, "status 410"), Noon, Cancellation);
        await database.Webhooks.Failed("e", (await Take(database)).Single(), new(500, "status 500"), Noon.AddHours(8), Cancellation);

        await database.WebhookSearch.Redeliver((await database.WebhookSearch.Find("a", Cancellation))!, Noon, Cancellation);

        var again = Assert.Single(await Take(database));
        Assert.Equal(("a", 1), (again.Id, again.Attempt));
        await database.Webhooks.Arrived(again, 200, Noon, Cancellation);
        // Whoever orders one believes in the receiver: what waits behind it does not wait eight hours more.
        Assert.Equal(["b"], Names(await Take(database)));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_age_of_the_oldest_is_that_of_what_waits(string kind)
    {
        await using var database = await Create(kind, server);
        Assert.Null(await database.Webhooks.Oldest("e", Cancellation));
        await Add(database, "wf_1", "a");

        Assert.Equal(Noon, await database.Webhooks.Oldest("e", Cancellation));
        Assert.Null(await database.Webhooks.Oldest("f", Cancellation));
        await database.Webhooks.Arrived((await Take(database)).Single(), 200, Noon, Cancellation);
        Assert.Null(await database.Webhooks.Oldest("e", Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Settled_ones_are_pruned_as_history_is_and_those_that_wait_are_kept_a_week_longer(string kind)
    {
        await using var database = await Create(kind, server);
        await Add(database, "wf_1", "a", "b");
        await Add(database, "wf_2", "c");
        var taken = await Take(database);
        await database.Webhooks.Arrived(taken.Single(each => each.Id == "a"), 200, Noon, Cancellation);
        await database.Webhooks.GiveUp(taken.Single(each => each.Id == "c"), new(410, "status 410"), Noon.AddDays(1), Cancellation);

        await database.History.Prune(Noon, Cancellation);
        Assert.Equal(3, await database.Scalar<long>("SELECT count(*) FROM webhook_delivery"));
        await database.History.Prune(Noon.AddMilliseconds(1), Cancellation);
        Assert.Equal("c given_up 1 status 410 / b pending 0", await Log(database));
        await database.History.Prune(Noon.AddDays(2), Cancellation);
        Assert.Equal("b pending 0", await Log(database));
        // An endpoint that is not configured any more.
        await database.Execute("UPDATE webhook_delivery SET due_at = due_at - 691200000");
        await database.History.Prune(Noon, Cancellation);
        Assert.Equal("", await Log(database));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_end_is_filed_with_its_webhooks_or_not_at_all(string kind)
    {
        await using var database = await Create(kind, server);
        var report = new FinalReport("wf_1", "user/ada", "acme", "intake", "idle", Noon, Noon, "{}", [new(0, Noon, "started", "")]);

        await Assert.ThrowsAnyAsync<Exception>(() => database.History.Deliver(report with { Webhooks = _ => [Row("a") with { Endpoint = null! }] }, Cancellation));
        Assert.Null(await database.History.Find("wf_1", Cancellation));
        Assert.Equal("", await Log(database));

        await database.History.Deliver(report with { Webhooks = calls => [Row($"calls {calls.Count}"), Row("workflow.ended")] }, Cancellation);
        await database.History.Deliver(report with { Webhooks = _ => [Row("another")] }, Cancellation);
        Assert.NotNull(await database.History.Find("wf_1", Cancellation));
        Assert.Equal("workflow.ended pending 0 / calls 0 pending 0", await Log(database));
    }

    private static WebhookRow Row(string id, string endpoint = "e") =>
        new(id, endpoint, id, Noon, $$"""{"id":"{{id}}","quoted":"\u0000 \" \\ ü"}""");

    private static Task Add(TestDatabase database, string workflow, params string[] ids) =>
        database.Webhooks.Add(workflow, [.. ids.Select(id => Row(id))], Noon, Cancellation);

    private static Task<IReadOnlyList<TakenDelivery>> Take(TestDatabase database, DateTimeOffset? now = null) =>
        database.Webhooks.Take("e", 9, now ?? Noon, (now ?? Noon) + Lease, Cancellation);

    private static IEnumerable<string> Names(IEnumerable<TakenDelivery> taken)
    {
        Assert.All(taken, each => Assert.Equal(Row(each.Id).Body, each.Body));
        return taken.Select(each => each.Id).Order();
    }

    private static async Task<string> Log(TestDatabase database) => string.Join(
        " / ", (await database.WebhookSearch.Find(new(null, null, null), 99, null, Cancellation)).Select(found => $"{found.Id} {found.Status} {found.Attempts} {found.Error}".TrimEnd()));
}
