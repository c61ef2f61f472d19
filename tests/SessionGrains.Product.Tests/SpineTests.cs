using System.Diagnostics;
using System.Net;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>The promise itself: a call ends on time, also when every machine that knew of it dies.</summary>
public sealed class SpineTests(TestPostgres postgres)
{
    [Fact]
    public async Task After_a_kill_and_a_restart_a_call_on_SQLite_is_hung_up_on_time()
    {
        await using var product = await RunningProduct.OneProcess(Short);
        await HangsUpOnTime(product);
    }

    [Fact]
    public async Task After_a_kill_and_a_restart_a_call_on_PostgreSQL_is_hung_up_on_time()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), Short);
        await HangsUpOnTime(product);
    }

    [Fact]
    public async Task When_the_silo_that_holds_it_dies_a_call_is_hung_up_on_time_by_the_survivor()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), Short, silos: 1);
        var owner = product.Silos[0];
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("short");
        var call = (await browser.Connect(started)).CallId!;

        await product.AddSilo();
        await owner.KillAsync();

        await EndsOnTime(product, browser, started, call);
    }

    [Fact]
    public async Task A_silo_that_is_told_to_stop_while_it_creates_a_call_still_gives_the_answer_and_another_hangs_up_on_time()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), Short, silos: 1);
        var owner = product.Silos[0];
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("short");
        await product.AddSilo();
        await product.OpenAI.Fault("""{"endpoint":"calls","times":1,"delay_ms":3000}""");

        var connecting = browser.Connect(started);
        await Eventually.True(async () => await Phase(browser, started) is "connecting", TimeSpan.FromSeconds(60), () => product.Output);
        var stopping = Stopwatch.StartNew();
        await owner.TerminateAsync();
        TestContext.Current.SendDiagnosticMessage("stopped after {0:0.0} s", stopping.Elapsed.TotalSeconds);

        var connected = await connecting;
        Assert.Equal(HttpStatusCode.Created, connected.Status);
        await EndsOnTime(product, browser, started, connected.CallId!);
    }

    private static async Task<string?> Phase(Browser browser, System.Text.Json.Nodes.JsonNode started) =>
        (string?)(await browser.TryView(started))?["status"];

    private static async Task HangsUpOnTime(RunningProduct product)
    {
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("short");
        var connected = await browser.Connect(started);
        Assert.Equal(HttpStatusCode.Created, connected.Status);
        Assert.Equal([connected.CallId!], await product.OpenAI.LiveCalls());

        await product.KillSilos();
        await product.Restart();

        using var later = product.Browser("ada");
        await EndsOnTime(product, later, started, connected.CallId!);
    }

    private static async Task EndsOnTime(RunningProduct product, Browser browser, System.Text.Json.Nodes.JsonNode started, string call)
    {
        var due = DateTimeOffset.Parse((string)started["expires_at"]!, null);
        DateTimeOffset? hungUp = null;
        await Eventually.True(
            async () => (hungUp = await product.OpenAI.HungUpAt(call)) is not null, TimeSpan.FromSeconds(90), () => $"hung up: {product.Output}");
        Assert.InRange(hungUp!.Value - due, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        TestContext.Current.SendDiagnosticMessage("hung up {0:0.0} s after the deadline", (hungUp.Value - due).TotalSeconds);

        var ended = await Eventually.NotNull(
            async () => await browser.TryView(started) is { } view && (string)view["status"]! == "ended" ? view : null,
            TimeSpan.FromSeconds(30),
            () => $"ended: {product.Output}");
        Assert.Equal(("max_duration", "confirmed"), ((string)ended["end_reason"]!, (string)ended["hangup"]!));
        Assert.Empty(await product.OpenAI.LiveCalls());
    }

    private static void Short(TestDefinitions definitions) => definitions.Add("short", "brokered", """{"max_duration_seconds":20}""");
}
