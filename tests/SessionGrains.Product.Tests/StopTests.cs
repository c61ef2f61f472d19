using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>SIGTERM to a silo in the middle of its work, as an orchestrator sends it at every upgrade.</summary>
public sealed class StopTests(TestPostgres postgres)
{
    private const int Calls = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_silo_with_fifty_calls_stops_within_30_seconds_and_no_call_and_no_tool_call_is_lost()
    {
        await using var backend = await ToolBackend.StartAsync();
        await using var product = await RunningProduct.Cluster(
            await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), define => Define(define, backend), silos: 1, new KeyValuePair<string, string>(ToolBackend.SecretVariable, ToolBackend.Secret));
        using var browser = product.Browser("ada");
        var leaving = product.Silos[0];
        var calls = new List<(JsonNode Started, string Call)>();
        for (var number = 0; number < Calls; number++)
        {
            var started = await browser.MustStart("tools");
            calls.Add((started, (await browser.Connect(started, Browser.Offer + Browser.DataChannel)).CallId!));
        }

        foreach (var (started, _) in calls)
        {
            await Eventually.True(async () => (string?)(await browser.View(started))["control"] is "full", Patience, () => product.Output);
        }

        await product.AddSilo();
        // A call that is being created as the silo stops keeps it busy; its browser must get its answer.
        var last = await browser.MustStart("tools");
        await product.OpenAI.Fault("""{"endpoint":"calls","times":1,"delay_ms":3000}""");
        var connecting = browser.Connect(last, Browser.Offer + Browser.DataChannel);
        await Eventually.True(async () => (string?)(await browser.TryView(last))?["status"] is "connecting", Patience, () => product.Output);

        // Every model asks for a tool while its silo goes, and every tool takes its time.
        backend.Delay = (200, 1000);
        var asking = Task.WhenAll(calls.Select(call => product.OpenAI.Respond(call.Call, """{"calls":[{"name":"unkeyed_it","arguments":{"n":1}}]}""")));
        var stopping = Stopwatch.StartNew();
        var stopped = leaving.TerminateAsync();
        await SaysThatItIsNotReady(leaving);
        var admissions = await Admissions(browser, stopped);
        await asking;
        await stopped;

        TestContext.Current.SendDiagnosticMessage("stopped after {0:0.0} s", stopping.Elapsed.TotalSeconds);
        Assert.True(stopping.Elapsed < Grace, $"It took {stopping.Elapsed}.");
        Assert.Equal(0, leaving.ExitCode);
        Assert.All(admissions, admission => Assert.True(
            admission is { Status: HttpStatusCode.Created } or { Status: HttpStatusCode.ServiceUnavailable }, $"{admission.Status}: {admission.Text}"));
        var connected = await connecting;
        Assert.True(connected.Status is HttpStatusCode.Created, $"{connected.Text} {product.Output}");

        foreach (var (started, call) in calls)
        {
            await Eventually.True(async () => (await product.OpenAI.Outputs(call)).Count > 0, Patience, () => $"the tool call of {call}: {product.Output}");
            var view = await browser.View(started);
            Assert.Equal("active", (string?)view["status"]);
            Assert.All(await product.OpenAI.Outputs(call), output => Assert.Contains("\"effect\"", output.Output, StringComparison.Ordinal));
        }

        // Each asked once, each was asked once: nothing is unknown, and nothing happened twice.
        Assert.Equal(Calls, backend.Entries.Count);
        Assert.Equal(Calls, backend.Entries.Select(entry => entry.Workflow).Distinct().Count());
        Assert.True((await product.OpenAI.LiveCalls()).Count >= Calls + 1);
    }

    private static async Task SaysThatItIsNotReady(HostProcess silo)
    {
        using var http = new HttpClient { BaseAddress = silo.Url, Timeout = TimeSpan.FromSeconds(5) };
        var seen = new List<HttpStatusCode>();
        await Eventually.True(
            async () =>
            {
                seen.Add((await http.GetAsync("/readyz")).StatusCode);
                return seen[^1] is HttpStatusCode.ServiceUnavailable && (await http.GetAsync("/livez")).IsSuccessStatusCode;
            },
            Patience,
            () => $"not ready, only {string.Join(", ", seen.Distinct())}");
    }

    /// <summary>What people who want to start something meanwhile are told.</summary>
    private static async Task<List<Answer>> Admissions(Browser browser, Task until)
    {
        var answers = new List<Answer>();
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!until.IsCompleted && await pause.WaitForNextTickAsync())
        {
            answers.Add(await browser.Start("tools"));
        }

        return answers;
    }

    private static void Define(TestDefinitions define, ToolBackend backend)
    {
        define.AddTool("unkeyed_it", backend.Declare("unkeyed_it", "unkeyed"));
        define.Add("tools", "brokered", """{"max_tool_calls":1000,"max_duration_seconds":900,"control_lost_seconds":60}""", tools: """["unkeyed_it"]""");
    }
}
