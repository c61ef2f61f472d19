using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>What leaves a host when everything is recorded at its most talkative: enough to follow a workflow, and nothing that is a secret.</summary>
public sealed class TelemetryTests(TestPostgres postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task One_workflow_can_be_followed_from_its_request_to_its_hang_up_and_no_secret_prompt_argument_or_output_leaves_with_it()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await OneHost.Start(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), receiver);
        using var browser = host.Browser();
        var secrets = new List<string> { browser.Token, browser.Token.Split('.')[1], browser.Token.Split('.')[2] };

        var followed = await Live(host, browser, secrets, "tools-sealed");
        await Live(host, browser, secrets, "tools-brokered");
        var minted = await Mint(host, browser, secrets);
        await Probe(host, browser);
        var scraped = await Scrape(host);
        await host.Stop();

        Follow(host, followed, minted);
        foreach (var signal in new[] { "traces", "metrics", "logs" })
        {
            Assert.Empty(Canaries.In(receiver.All(signal), secrets).Select(canary => $"{canary} in {signal}: {Around(receiver.All(signal), canary)}"));
        }

        Assert.Empty(Canaries.In(scraped, secrets));
        Assert.All(receiver.ToolHeaders, headers => Assert.DoesNotContain("traceparent", headers, StringComparison.OrdinalIgnoreCase));
        // The search can find something: this is what is meant to leave.
        Assert.Contains((string)followed["id"]!, Encoding.Latin1.GetString(receiver.All("traces")), StringComparison.Ordinal);
        Assert.Contains((string)followed["id"]!, Encoding.Latin1.GetString(receiver.All("logs")), StringComparison.Ordinal);
        Assert.Contains("sessiongrains.workflows.started", Encoding.Latin1.GetString(receiver.All("metrics")), StringComparison.Ordinal);
        Assert.DoesNotContain("wf_", scraped, StringComparison.Ordinal);
        Assert.DoesNotContain("rtc_", scraped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_endpoint_no_span_is_recorded_and_nothing_is_sent()
    {
        await using var receiver = await Receiver.Start();
        await using var host = await OneHost.Start(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), receiver, sends: false);
        using var browser = host.Browser();

        await Live(host, browser, [], "tools-sealed");
        using var ours = new ActivitySource("SessionGrains.Workflows");

        Assert.False(ours.HasListeners());
        Assert.Null(host.Services.GetService<TracerProvider>());
        await host.Stop();
        Assert.Empty(receiver.All("traces").Concat(receiver.All("metrics")).Concat(receiver.All("logs")));
    }

    /// <summary>From the start to an end that a tool brings about: words, tools in code and over HTTP, a farewell.</summary>
    private static async Task<JsonNode> Live(OneHost host, Browser browser, List<string> secrets, string definition)
    {
        var answer = await browser.Send(
            HttpMethod.Post, "/v1/workflows", $$$"""{"definition":"{{{definition}}}","inputs":{"customer":"{{{Canaries.Input}}}"},"metadata":{"ticket":"{{{Canaries.Metadata}}}"}}""");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        var started = answer.Json;
        Remember(secrets, started);
        var call = (await browser.Connect(started)).CallId!;
        await Eventually.True(async () => (string?)(await browser.View(started))["control"] is "full", Patience, () => $"{started["id"]} has control");

        await host.OpenAI.Speak(call, Canaries.Speech);
        await Eventually.True(async () => (await host.OpenAI.Ledger("response.done")).Any(entry => (string?)entry["call_id"] == call), Patience, () => "an answer to the user");
        await host.OpenAI.Respond(call, $$$"""{"say":"{{{Canaries.Answer}}}","calls":[{"name":"look_up","arguments":{"note":"{{{Canaries.Argument}}}"}},{"name":"note_it","arguments":{"note":"{{{Canaries.Argument}}}"}}]}""");
        await Eventually.True(async () => (await host.OpenAI.Outputs(call)).Count is 2, Patience, () => "two outputs");
        await Eventually.True(
            async () => (await host.OpenAI.Ledger("response.done")).Count(entry => (string?)entry["call_id"] == call) >= 3, Patience, () => "a response to the outputs");
        await host.OpenAI.Respond(call, $$$"""{"calls":[{"name":"last_it","arguments":{"note":"{{{Canaries.Argument}}}"}}]}""");
        await Eventually.True(async () => (string?)(await browser.View(started))["status"] is "ended", Patience, () => "an end");
        return started;
    }

    /// <summary>A secret of OpenAI's own, and an end by the user.</summary>
    private static async Task<JsonNode> Mint(OneHost host, Browser browser, List<string> secrets)
    {
        var started = await browser.MustStart("tools-client_secret");
        Remember(secrets, started);
        await browser.Report(started, await PretendOpenAI.Call(started));
        await browser.Send(HttpMethod.Post, $"/v1/workflows/{started["id"]}/end", $$$"""{"reason_detail":"{{{Canaries.Detail}}}"}""");
        await Eventually.True(async () => (string?)(await browser.View(started))["status"] is "ended", Patience, () => "an end");
        return started;
    }

    /// <summary>What a caller can write into places that are often recorded.</summary>
    private static async Task Probe(OneHost host, Browser browser)
    {
        using var http = new HttpClient { BaseAddress = host.Url };
        (await http.GetAsync("/readyz", TestContext.Current.CancellationToken)).Dispose();
        foreach (var path in new[] { $"/v1/workflows?access_token={Canaries.Query}", $"/{Canaries.Path}", $"/v1/workflows/{Canaries.Path}?q={Canaries.Query}", $"/sdk/{Canaries.Path}" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", browser.Token);
            request.Headers.UserAgent.ParseAdd(Canaries.Agent);
            request.Headers.Add("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
            request.Headers.Add("baggage", $"secret={Canaries.Baggage}");
            (await http.SendAsync(request, TestContext.Current.CancellationToken)).Dispose();
        }
    }

    private static async Task<string> Scrape(OneHost host)
    {
        using var http = new HttpClient { BaseAddress = host.Url };
        return await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
    }

    private static void Follow(OneHost host, JsonNode followed, JsonNode minted)
    {
        var spans = host.Exported.All;
        var own = new TraceTree(spans, OwnTraceOf((string)followed["id"]!));
        var starting = TraceOf(spans, followed, "IWorkflowGrain/Start");
        var connecting = TraceOf(spans, followed, "IWorkflowGrain/ConnectOnce");
        var minting = TraceOf(spans, minted, "IWorkflowGrain/Start");
        var ending = TraceOf(spans, minted, "IWorkflowGrain/End");
        foreach (var tree in new[] { starting, connecting, own, minting, ending })
        {
            TestContext.Current.TestOutputHelper?.WriteLine(tree.ToString());
        }

        Assert.Contains("POST /v1/workflows/", minting.PathTo(span => span.DisplayName is "mint gpt-realtime-2.1"));
        Assert.Contains("POST /v1/realtime/calls", connecting.PathTo(span => span.DisplayName is "create_call gpt-realtime-2.1"));
        Assert.Contains("IWorkflowGrain/ConnectOnce", connecting.PathTo(span => span.DisplayName is "create_call gpt-realtime-2.1"));
        Assert.Contains("POST /v1/workflows/{id}/end", ending.PathTo(span => span.DisplayName is "hang_up"));
        Assert.All(new[] { starting, connecting }, tree => Assert.Contains(tree.Spans, span => span.Links.Any(link => link.Context.TraceId == OwnTraceOf((string)followed["id"]!))));

        Assert.Contains("attach sideband", own.PathTo(span => span.DisplayName is "attach"));
        Assert.Contains("tool call", own.PathTo(span => span.DisplayName is "execute_tool look_up"));
        Assert.Contains("tool call", own.PathTo(span => span.DisplayName is "execute_tool note_it"));
        Assert.Contains("hang up", own.PathTo(span => span.DisplayName is "hang_up"));
        // What nobody asked for begins no trace: words, news and probes are many.
        Assert.Empty(spans.Where(span => span.Source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal) && span.ParentSpanId == default).Select(span => span.DisplayName));
    }

    private static TraceTree TraceOf(IReadOnlyList<Activity> spans, JsonNode workflow, string method) => new(
        spans,
        spans.First(span => span.DisplayName == method && (string?)span.GetTagItem("orleans.rpc.target_id") is { } target && target.Contains((string)workflow["id"]!, StringComparison.Ordinal)).TraceId);

    private static ActivityTraceId OwnTraceOf(string workflow) => ActivityTraceId.CreateFromString(workflow["wf_".Length..]
        .Aggregate(UInt128.Zero, (bits, letter) => (bits << 5) | (uint)"abcdefghijklmnopqrstuvwxyz234567".IndexOf(letter, StringComparison.Ordinal))
        .ToString("x32", null));

    private static void Remember(List<string> secrets, JsonNode started) => secrets.Add((string)started["client_secret"]!["value"]!);

    private static string Around(byte[] bytes, string canary)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var at = text.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
        return string.Concat(text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 200)].Select(c => c is >= ' ' and < (char)127 ? c : '·'));
    }
}
