using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>Quotas and idempotency across processes, with a death in the middle. The emulator's ledger counts.</summary>
public sealed class AdmissionTests(TestPostgres postgres)
{
    private const int Quota = 3;

    [Fact]
    public async Task A_user_never_has_more_live_calls_than_allowed_though_a_silo_dies_among_parallel_starts()
    {
        await using var product = await RunningProduct.Cluster(
            await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken),
            define => define.Add(
                "three", "brokered", """{"max_duration_seconds":20,"attach_seconds":10,"secret_ttl_seconds":10}""",
                """{"live_per_user":3,"live_per_tenant":100,"starts_per_user_per_minute":1000}"""));
        using var browser = product.Browser("ada");

        var firstAdmitted = new TaskCompletionSource();
        var herd = Enumerable.Range(0, 40).Select(_ => StartAndConnect(browser, firstAdmitted)).ToList();
        await firstAdmitted.Task;
        await product.Silos[0].KillAsync();
        var answers = await Task.WhenAll(herd);

        Assert.All(answers, status => Assert.Contains(status, (HttpStatusCode[])
            [HttpStatusCode.Created, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable, HttpStatusCode.Gone]));
        Assert.InRange(await MostLiveAtOnce(product.OpenAI), 0, Quota);

        // However they were admitted, every slot comes back by itself, and as many calls as allowed can live again.
        await Eventually.True(
            async () =>
            {
                await StartAndConnect(browser, firstAdmitted);
                return (await product.OpenAI.LiveCalls()).Count == Quota;
            },
            TimeSpan.FromSeconds(120),
            () => product.Output);
        Assert.Equal(Quota, await MostLiveAtOnce(product.OpenAI));
    }

    [Fact]
    public async Task Parallel_starts_with_one_idempotency_key_make_one_workflow()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken));
        using var browser = product.Browser("ada");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => browser.Start("brokered", key: "one-and-the-same")));

        Assert.Single(answers.Select(answer => (string)answer.Json["id"]!).Distinct());
        Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status is HttpStatusCode.OK), replay => Assert.True(replay.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal("idempotency_key_reused", (await browser.Start("brokered", "one-and-the-same", """{"customer":"another"}""")).Code);
        Assert.Equal(HttpStatusCode.Created, (await browser.Start("brokered", "another-key")).Status);
    }

    private static async Task<HttpStatusCode> StartAndConnect(Browser browser, TaskCompletionSource admitted)
    {
        var started = await browser.Start("three");
        if (started.Status is HttpStatusCode.Created)
        {
            admitted.TrySetResult();
        }

        return started.Status is HttpStatusCode.Created ? (await browser.Connect(started.Json)).Status : started.Status;
    }

    /// <summary>Replays the ledger: a call lives from its creation until its hang-up was accepted.</summary>
    private static async Task<int> MostLiveAtOnce(PretendOpenAI openAI)
    {
        var (live, most) = (0, 0);
        foreach (var entry in await openAI.Ledger())
        {
            live += Kind(entry) switch
            {
                "call.created" => 1,
                "call.hangup" when (int)entry["status"]! == 200 => -1,
                _ => 0,
            };
            most = Math.Max(most, live);
        }

        return most;

        static string Kind(JsonNode entry) => (string)entry["kind"]!;
    }
}
