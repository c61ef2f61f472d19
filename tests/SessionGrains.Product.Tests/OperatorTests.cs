using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>What operators do to a whole cluster, seen from outside: by the browsers, the emulator's ledger and the database.</summary>
public sealed class OperatorTests(TestPostgres postgres)
{
    private const int Many = 100;

    // The promise is 5 seconds on a machine that has nothing else to do; a busy one gets longer here, and the figure is printed.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_a_hundred_calls_on_three_silos_is_revoked_and_kept_out_and_all_of_it_is_on_record()
    {
        var database = await postgres.CreateDatabaseAsync(Cancellation);
        await using var product = await RunningProduct.Cluster(database, silos: 3);
        using var mallory = product.Browser("mallory");
        using var ada = product.Browser("ada");
        using var olga = Browser.Of("olga", product.Url, scope: "sessiongrains.operator");
        var bystander = await ada.MustStart("brokered");
        var spared = await MustConnect(ada, bystander);
        var calls = new List<string>();
        // Silos that have just started have not said yet how busy they are: a hundred starts at once could all go to the first that has.
        await Eventually.True(
            async () =>
            {
                calls.Add(await Call());
                return (await Silos(olga)).Count(silo => (int?)silo["live_workflows"] > 0) is 3;
            },
            TimeSpan.FromSeconds(60),
            () => product.Output);
        calls.AddRange(await Task.WhenAll(Enumerable.Range(0, Many - calls.Count).Select(_ => Call())));

        var ordered = TimeProvider.System.GetUtcNow();
        var answer = await olga.Send(
            HttpMethod.Post, "/v1/admin/revocations", """{"owner":"mallory","block_new_starts_for_seconds":600,"reason_detail":"stolen token"}""");

        Assert.Equal((HttpStatusCode.OK, Many, Many, true), (answer.Status, (int)answer.Json["matched"]!, (int)answer.Json["revoked"]!, (bool)answer.Json["is_complete"]!));
        Assert.Equal([spared], await product.OpenAI.LiveCalls());
        var hungUp = await Task.WhenAll(calls.Select(async call => (await product.OpenAI.HungUpAt(call))!.Value - ordered));
        TestContext.Current.TestOutputHelper!.WriteLine($"{Many} calls hung up after {hungUp.Min().TotalSeconds:0.00} to {hungUp.Max().TotalSeconds:0.00} s");
        Assert.InRange(hungUp.Max(), TimeSpan.Zero, Soon);

        var blocked = await mallory.Start("brokered");
        Assert.Equal((HttpStatusCode.Forbidden, "blocked"), (blocked.Status, (string?)blocked.Json["rules"]![0]!["where"]));
        Assert.Equal(HttpStatusCode.Created, (await ada.Start("brokered")).Status);

        var order = (await Audit(olga, $"workflow={answer.Json["id"]}")).Single();
        Assert.Equal(("operator.revoked", "olga"), ((string?)order["kind"], (string?)order["owner"]));
        Assert.Contains("stolen token", (string)order["detail"]!, StringComparison.Ordinal);
        var trails = await Audit(olga, "owner=mallory");
        Assert.Equal(Many, trails.Count(each => (string)each["kind"]! == "revoked" && (string)each["detail"]! == "by olga"));

        await Eventually.True(async () => (await Audit(olga, "owner=mallory")).Any(each => (string)each["kind"]! == "start_refused"), Soon, () => product.Output);

        var (code, said) = await VerifyAudit(database);
        Assert.True(code is 0, said);
        // Theirs, the order, and the start that was refused.
        Assert.Contains($"{Many + 2} trails", said, StringComparison.Ordinal);
        await using var source = NpgsqlDataSource.Create(database);
        await using var tamper = source.CreateCommand("UPDATE audit_event SET detail = 'by eve' WHERE ctid = (SELECT ctid FROM audit_event WHERE kind = 'revoked' LIMIT 1)");
        Assert.Equal(1, await tamper.ExecuteNonQueryAsync(Cancellation));
        (code, said) = await VerifyAudit(database);
        Assert.Equal(2, code);
        Assert.Contains("1 faults", said, StringComparison.Ordinal);

        async Task<string> Call() => await MustConnect(mallory, await mallory.MustStart("brokered"));
    }

    [Fact]
    public async Task An_operator_drains_a_silo_its_process_ends_well_and_its_calls_and_no_others_change_their_owner()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(Cancellation), silos: 3);
        using var ada = product.Browser("ada");
        using var olga = Browser.Of("olga", product.Url, scope: "sessiongrains.operator");
        var workflows = new List<JsonNode>();
        await Eventually.True(
            async () =>
            {
                workflows.Add(await ada.MustStart("brokered"));
                await MustConnect(ada, workflows[^1]);
                return workflows.Count >= 30 && (await Silos(olga)).TrueForAll(silo => (int?)silo["sidebands"] > 0);
            },
            TimeSpan.FromSeconds(60),
            () => product.Output);
        await AllAreActive();
        // One that is too busy to answer in time says nothing of itself.
        JsonNode leaver = null!;
        await Eventually.True(async () => (leaver = (await Silos(olga))[0])["sidebands"] is not null, Soon, () => product.Output);
        var before = await Reattached(product);

        var answer = await olga.Send(HttpMethod.Post, $"/v1/admin/cluster/silos/{Uri.EscapeDataString((string)leaver["name"]!)}/drain", """{"reason_detail":"new kernel"}""");

        Assert.Equal((HttpStatusCode.OK, "draining"), (answer.Status, (string?)answer.Json["status"]));
        await await Task.WhenAny(product.Silos.Select(silo => silo.ExitAsync()));
        var process = product.Silos.Single(silo => silo.HasExited);
        Assert.True(process.ExitCode is 0, process.Output);
        await AllAreActive();
        Assert.Equal(workflows.Count, (await product.OpenAI.LiveCalls()).Count);
        Assert.Equal((int)leaver["sidebands"]!, (await Reattached(product)).Sum(silo => silo.Value - before[silo.Key]));
        Assert.Contains(await Audit(olga, "owner=olga"), each => (string)each["kind"]! == "operator.drained" && ((string)each["detail"]!).EndsWith("new kernel", StringComparison.Ordinal));

        async Task AllAreActive()
        {
            foreach (var workflow in workflows)
            {
                await Eventually.True(async () => await ada.TryView(workflow) is { } view && (string)view["status"]! is "active" && (string)view["control"]! is "full", TimeSpan.FromSeconds(30), () => product.Output);
            }
        }
    }

    /// <summary>How often each silo that runs attached a sideband to a call that had one before.</summary>
    private static async Task<Dictionary<Uri, int>> Reattached(ClusterProduct product)
    {
        var counts = new Dictionary<Uri, int>();
        foreach (var silo in product.Silos.Where(silo => !silo.HasExited))
        {
            counts[silo.Url] = (int)(await silo.Metric("sessiongrains_sidebands_reattached_total") ?? 0);
        }

        return counts;
    }

    private static async Task<string> MustConnect(Browser browser, JsonNode workflow)
    {
        var answer = await browser.Connect(workflow);
        return answer.CallId ?? throw new InvalidOperationException($"{answer.Status}: {answer.Text}");
    }

    private static async Task<List<JsonNode>> Silos(Browser olga) => [.. ((JsonArray)(await olga.Send(HttpMethod.Get, "/v1/admin/cluster")).Json["data"]!).Select(silo => silo!)];

    /// <summary>Every event that the query finds, page by page.</summary>
    private static async Task<List<JsonNode>> Audit(Browser olga, string query)
    {
        var found = new List<JsonNode>();
        for (string? after = null; ;)
        {
            var page = (await olga.Send(HttpMethod.Get, $"/v1/admin/audit?{query}&limit=100{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}")).Json;
            found.AddRange(((JsonArray)page["data"]!).Select(each => each!));
            after = (string?)page["next"];
            if (after is null)
            {
                return found;
            }
        }
    }

    private static async Task<(int Code, string Said)> VerifyAudit(string database)
    {
        await using var verify = HostProcess.Launch("Silo", [new("ConnectionStrings__SessionGrains", database)], command: "verify-audit");
        await verify.ExitAsync();
        return (verify.ExitCode, verify.Output);
    }
}
