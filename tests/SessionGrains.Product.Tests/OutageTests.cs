using System.Net;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>A store or a provider that is away is a normal day.</summary>
public sealed class OutageTests(TestPostgres postgres)
{
    [Fact]
    public async Task While_the_database_is_down_starts_are_503_and_a_call_that_is_due_is_hung_up_all_the_same()
    {
        await using var product = await RunningProduct.Cluster(
            await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken),
            define => define.Add("short", "brokered", """{"max_duration_seconds":10}"""),
            silos: 1);
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("short");
        var call = (await browser.Connect(started)).CallId!;
        var due = DateTimeOffset.Parse((string)started["expires_at"]!, null);

        await postgres.CrashAsync(TestContext.Current.CancellationToken);
        try
        {
            var refused = await browser.Start("short");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "storage_unavailable"), (refused.Status, refused.Code));
            Assert.NotNull(refused.Headers.RetryAfter);

            DateTimeOffset? hungUp = null;
            await Eventually.True(async () => (hungUp = await product.OpenAI.HungUpAt(call)) is not null, TimeSpan.FromSeconds(40), () => product.Output);
            Assert.InRange(hungUp!.Value - due, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
        finally
        {
            await postgres.StartAsync(TestContext.Current.CancellationToken);
        }

        var ended = await Eventually.NotNull(
            async () => await browser.TryView(started) is { } view && (string)view["status"]! == "ended" ? view : null, TimeSpan.FromSeconds(60), () => product.Output);
        Assert.Equal("max_duration", (string)ended["end_reason"]!);
        Assert.Equal(HttpStatusCode.Created, (await browser.Start("short")).Status);
    }

    [Fact]
    public async Task A_call_that_not_all_of_OpenAI_knows_yet_when_it_ends_is_hung_up_when_it_does()
    {
        await using var product = await RunningProduct.OneProcess();
        using var browser = product.Browser("ada");
        await product.OpenAI.Set("""{"attach_404_seconds":2.5,"hangup_404_seconds":2.5}""");
        var started = await browser.MustStart("sealed");
        var call = (await browser.Connect(started)).CallId!;

        Assert.Equal("ending", (string)(await browser.End(started)).Json["status"]!);

        await Eventually.True(async () => await product.OpenAI.HungUpAt(call) is not null, TimeSpan.FromSeconds(40), () => product.Output);
        var ended = await Eventually.NotNull(
            async () => await browser.TryView(started) is { } view && (string)view["status"]! == "ended" ? view : null, TimeSpan.FromSeconds(40), () => product.Output);
        Assert.Equal("confirmed", (string)ended["hangup"]!);
    }

    [Fact]
    public async Task What_OpenAI_refuses_is_told_with_its_own_code_and_leaves_no_slot_taken()
    {
        await using var product = await RunningProduct.OneProcess(define => define.Add(
            "one", "client_secret", "{}", """{"live_per_user":1,"live_per_tenant":9,"starts_per_user_per_minute":99}"""));
        using var browser = product.Browser("ada");
        (string Fault, HttpStatusCode Status, string Code)[] days =
        [
            ("""{"endpoint":"client_secrets","times":1,"status":429,"headers":{"Retry-After":"7"}}""", HttpStatusCode.ServiceUnavailable, "provider_rate_limited"),
            ("""{"endpoint":"client_secrets","times":1,"status":500}""", HttpStatusCode.ServiceUnavailable, "provider_unavailable"),
            ("""{"endpoint":"client_secrets","times":1,"drop_reply":true}""", HttpStatusCode.ServiceUnavailable, "provider_unavailable"),
            ("""{"endpoint":"client_secrets","times":1,"status":403,"code":"model_not_found"}""", HttpStatusCode.BadGateway, "provider_rejected"),
        ];

        foreach (var (fault, status, code) in days)
        {
            await product.OpenAI.Fault(fault);
            // One key for all tries: a start of which nothing came does not use it up.
            var answer = await browser.Start("one", key: "the-same");
            Assert.Equal((status, code), (answer.Status, answer.Code));
            Assert.Equal(status is HttpStatusCode.ServiceUnavailable, answer.Headers.RetryAfter is not null);
        }

        Assert.Equal(HttpStatusCode.Created, (await browser.Start("one", key: "the-same")).Status);
        // One request for each start: nothing was tried again behind our back.
        Assert.Equal(days.Length + 1, (await product.OpenAI.Ledger()).Count(entry => (string)entry["kind"]! is "client_secret.created" or "request.refused"));
    }
}
