using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>OpenAI's own browser client, used as its tutorial says, against a brokered workflow: it overwrites the session and answers tools itself, and does not win.</summary>
public sealed class OfficialClientOnBrokeredTests(Chromium chromium, LocalHost host) : IClassFixture<Chromium>, IClassFixture<LocalHost>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Its_instructions_tools_and_answers_do_not_stick_and_it_goes_on_working()
    {
        var token = (string)(await Post("/dev/token", """{"sub":"ada","name":"Ada","scope":"voice.start"}""", null))["access_token"]!;
        var started = await Post("/v1/workflows", """{"definition":"voice-intake","inputs":{"customer":"C-17"}}""", token);
        // The client's page lives on the host's own origin here; its script is not the host's, so the host's policy for scripts is set aside.
        await using var context = await chromium.Browser.NewContextAsync(new() { BypassCSP = true });
        await context.GrantPermissionsAsync(["microphone"]);
        var page = await context.NewPageAsync();
        await page.GotoAsync(host.Url.ToString());
        await using (var _ = await TestPage.Start())
        {
            await page.AddScriptTagAsync(new() { Path = Path.Combine(TestPage.Folder, "dist", "page.js"), Type = "module" });
        }

        await page.WaitForFunctionAsync("() => window.lab");
        var peer = await context.NewPageAsync();
        await peer.GotoAsync(host.Emulator.ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready");
        await host.Control("settings", new JsonObject { ["microphone"] = false });

        var call = (await page.EvaluateAsync<string?>(
            "([url, secret]) => lab.connect('webrtc', url, secret)", new[] { (string)started["connection"]!["url"]!, (string)started["client_secret"]!["value"]! }))!;

        // It did overwrite them, and they are the policy's again.
        await Until(async () => (await Received("browser", "session.update", call)).Any(update => (string?)update["session"]!["instructions"] == "Be brief."));
        await Until(async () => await Session(call) is var session
            && ((string)session["instructions"]!).StartsWith("You take the intake call of customer C-17", StringComparison.Ordinal)
            && session["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).Order().SequenceEqual(["issue_refund", "lookup_order"]));

        await host.Control($"calls/{call}/respond", JsonNode.Parse("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"42"},"call_id":"call_guarded"}]}""")!);

        await Until(async () => (await Received("browser", "conversation.item.create", call)).Any(create => ((string?)create["item"]!["output"])?.Contains("not found", StringComparison.Ordinal) is true));
        await Until(async () => (await Received("sideband", "conversation.item.create", call)).Any(create => ((string?)create["item"]!["output"])?.Contains("bicycle", StringComparison.Ordinal) is true));
        await Until(async () => (await Received("sideband", "conversation.item.delete", call)).Count > 0);
        await page.WaitForFunctionAsync("() => lab.transcripts().length > 0", null, new() { Timeout = (float)Patience.TotalMilliseconds });

        Assert.Equal("connected", await page.EvaluateAsync<string>("() => lab.state.connection.at(-1)"));
        Assert.Empty(await page.EvaluateAsync<string[]>("() => lab.state.toolCalls"));
        var view = await Get($"/v1/workflows/{started["id"]}", token);
        Assert.Equal(("active", "full", 1), ((string?)view["status"], (string?)view["control"], (int)view["usage"]!["tool_calls"]!));
        Assert.StartsWith("You take the intake call", (string)(await Session(call))["instructions"]!, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<JsonNode>> Received(string from, string type, string call) =>
    [
        .. (await host.Ledger("event.received"))
            .Where(entry => (string?)entry["call_id"] == call && (string?)entry["details"]!["from"] == from && (string?)entry["details"]!["type"] == type)
            .Select(entry => entry["details"]!["event"]!),
    ];

    private async Task<JsonNode> Session(string call) => (await host.Http.GetFromJsonAsync<JsonNode>(new Uri(host.Emulator, $"/_emulator/calls/{call}/session")))!;

    private Task<JsonNode> Get(string path, string token) => Send(new(HttpMethod.Get, new Uri(host.Url, path)), token);

    private Task<JsonNode> Post(string path, string json, string? token) => Send(
        new(HttpMethod.Post, new Uri(host.Url, path)) { Content = new StringContent(json, new MediaTypeHeaderValue("application/json")) }, token);

    private async Task<JsonNode> Send(HttpRequestMessage request, string? token)
    {
        using (request)
        {
            request.Headers.Authorization = token is null ? null : new("Bearer", token);
            using var answer = await host.Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonNode.Parse(text)!;
        }
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            await knock.WaitForNextTickAsync(limit.Token);
        }
    }
}
