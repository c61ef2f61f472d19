using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>A kill between any two steps of start, connect and end: nothing is without an owner, nothing outlives its deadline, no slot leaks.</summary>
public sealed class FailpointTests
{
    private static readonly TimeSpan LateAtMost = TimeSpan.FromSeconds(30);

    // The user may have one live workflow, so a leaked slot would refuse the next start.
    private const string OneSlot = """{"live_per_user":1,"live_per_tenant":100,"starts_per_user_per_minute":1000}""";
    private const string Limits = """{"secret_ttl_seconds":10,"attach_seconds":10,"max_duration_seconds":15}""";

    [Theory]
    [InlineData("slot-reserved", "brokered", null)]
    [InlineData("started", "brokered", "never_connected")]
    [InlineData("minted", "client_secret", "never_connected")]
    [InlineData("connect-saved", "brokered", "max_duration")]
    [InlineData("saved:3", "brokered", "max_duration")]
    [InlineData("ending-saved", "brokered", "user_ended")]
    [InlineData("report-delivered", "brokered", "user_ended")]
    [InlineData("saved:4", "brokered", "user_ended")]
    public async Task After_a_kill_at_a_step_everything_ends_and_the_slot_comes_back(string failpoint, string mode, string? reason)
    {
        await using var product = await Die(failpoint, mode);

        await EverythingEnds(product);
        await TheSlotComesBack(product);
        Assert.Equal(reason, await TheReasonOf(product));
    }

    [Fact]
    public async Task A_call_whose_id_died_with_its_silo_is_reported_as_unverified_and_nobody_got_its_answer()
    {
        await using var product = await Die("call-created", "brokered");

        var report = await Report(product);

        Assert.Equal("unverified", (string)report["workflow"]!["hang_up"]!);
        await TheSlotComesBack(product);
    }

    private static async Task<OneProcessProduct> Die(string failpoint, string mode)
    {
        var product = await RunningProduct.OneProcess(define => define.Add("one", mode, Limits, OneSlot), new KeyValuePair<string, string>("SESSIONGRAINS_FAILPOINT", failpoint));
        using var browser = product.Browser("ada");
        try
        {
            await Live(browser);
        }
        catch (HttpRequestException)
        {
            // It died in the middle of an answer, as it was told to.
        }

        await product.Host.ExitAsync();
        await product.Restart();
        return product;
    }

    /// <summary>A whole life, as far as it gets.</summary>
    private static async Task Live(Browser browser)
    {
        var started = await browser.MustStart("one");
        await browser.Connect(started);
        await browser.End(started);
    }

    private static async Task EverythingEnds(OneProcessProduct product)
    {
        await Eventually.True(async () => (await product.OpenAI.LiveCalls()).Count == 0, TimeSpan.FromSeconds(60), () => product.Output);
        foreach (var created in await product.OpenAI.Ledger("call.created"))
        {
            var lived = await product.OpenAI.HungUpAt((string)created["call_id"]!) - DateTimeOffset.Parse((string)created["at"]!, null);
            Assert.InRange(lived!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(15) + LateAtMost);
        }
    }

    private static async Task TheSlotComesBack(OneProcessProduct product)
    {
        // A slot that was never saved waits a minute for its workflow; the minute passes here.
        await product.Database("UPDATE slot SET reserved_at = reserved_at - 61000 WHERE released_at IS NULL AND workflow_id NOT IN (SELECT id FROM workflow_view)");
        using var browser = product.Browser("ada");
        await Eventually.True(
            async () => (await browser.Start("one")).Status is HttpStatusCode.Created, TimeSpan.FromSeconds(60), () => product.Output);
    }

    private static async Task<string?> TheReasonOf(OneProcessProduct product) =>
        (string?)await product.Scalar("SELECT end_reason FROM final_report ORDER BY created_at LIMIT 1");

    private static async Task<JsonNode> Report(OneProcessProduct product) => JsonNode.Parse(await Eventually.NotNull(
        async () => (string?)await product.Scalar("SELECT report FROM final_report"), TimeSpan.FromSeconds(60), () => product.Output))!;
}
