using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Pretended;
using SessionGrains.Emulator;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>A page with the SDK, the pretended API on another origin, an emulator, and a page that answers its calls.</summary>
internal sealed class SdkScene : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly EmulatorHost emulator;
    private readonly SdkPage page;
    private readonly IBrowserContext context;
    private readonly HttpClient http = new();

    private SdkScene(EmulatorHost emulator, SdkPage page, PretendApi api, IBrowserContext context, IPage browser) =>
        (this.emulator, this.page, Api, this.context, Browser) = (emulator, page, api, context, browser);

    public PretendApi Api { get; }

    public IPage Browser { get; }

    public IBrowserContext Context => context;

    public string PageUrl => page.Url;

    public static async Task<SdkScene> Open(Chromium chromium, bool withPeer = true, bool allowsPage = true)
    {
        var emulator = await EmulatorHost.StartAsync();
        var page = await SdkPage.Start();
        var api = await PretendApi.Start(emulator, allowsPage ? page.Url : null);
        var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        var browser = await context.NewPageAsync();
        var scene = new SdkScene(emulator, page, api, context, browser);
        await scene.Control("settings", new JsonObject { ["microphone"] = false });
        if (withPeer)
        {
            var peer = await context.NewPageAsync();
            await peer.GotoAsync(new Uri(emulator.BaseUrl, "/peer").ToString());
            await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready");
        }

        await browser.GotoAsync(page.Url);
        await browser.WaitForFunctionAsync("() => window.lab");
        return scene;
    }

    /// <summary>Begins a start, without waiting for it.</summary>
    public Task Begin(string definition = "voice-intake") => Browser.EvaluateAsync(
        "([endpoint, definition, token]) => lab.begin({ endpoint, definition, inputs: { customer: 'C-17' }, token: async () => token })",
        new[] { Api.Url, definition, PretendApi.Token });

    /// <summary>Begins a start with a token function that fails so often, from now on and again whenever <c>window.failing</c> is set.</summary>
    /// <param name="fault">The JavaScript that fails.</param>
    public Task BeginWithToken(string fault, int times = 0) => Browser.EvaluateAsync(
        $$"""
        ([endpoint, token, times]) => {
          window.failing = Number(times);
          lab.begin({ endpoint, definition: 'voice-intake', token: async () => { if (window.failing-- > 0) { await {{fault}}; } return token; } });
        }
        """,
        new[] { Api.Url, PretendApi.Token, $"{times}" });

    /// <summary>How the start went: <c>started</c>, or an error's code.</summary>
    public Task<string> Started() => Browser.EvaluateAsync<string>("() => lab.started");

    public async Task Start(string definition = "voice-intake")
    {
        await Begin(definition);
        Assert.Equal("started", await Started());
    }

    public Task<string> State() => Browser.EvaluateAsync<string>("() => lab.workflow.state");

    /// <summary>All details of the events of a kind so far.</summary>
    public async Task<IReadOnlyList<JsonNode?>> Told(string type)
    {
        var json = await Browser.EvaluateAsync<JsonElement>("type => lab.of(type)", type);
        return [.. JsonNode.Parse(json.GetRawText())!.AsArray()];
    }

    public async Task<string[]> States() => [.. (await Told("state")).Select(state => (string)state!)];

    /// <summary>Waits until something holds in the page.</summary>
    public async Task Until(string condition)
    {
        try
        {
            await Browser.WaitForFunctionAsync(condition, null, new() { Timeout = (float)Patience.TotalMilliseconds });
        }
        catch (TimeoutException)
        {
            var seen = await Browser.EvaluateAsync<string>("() => JSON.stringify({ log: lab.log, order: lab.live.order })");
            Assert.Fail($"{condition} never held; {seen}");
        }
    }

    /// <summary>Waits until something holds on this side.</summary>
    public static async Task Until(Func<bool> condition, Func<string> otherwise)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            try
            {
                await knock.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail(otherwise());
            }
        }
    }

    public Task UntilSeen(string end, int times = 1) =>
        Until(() => Api.SeenAt(end).Count >= times, () => $"{times} × {end} never came: {string.Join(", ", Api.Seen)}");

    public async Task Control(string path, JsonNode body)
    {
        using var answer = await http.PostAsync(new Uri(emulator.ControlUrl, path), new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The model of the workflow's call says or does this.</summary>
    public Task Respond(string turn) => Control($"calls/{Api.Workflow.CallId}/respond", JsonNode.Parse(turn)!);

    public Task Play(string scenario) => Control($"calls/{Api.Workflow.CallId}/scenario", JsonNode.Parse(scenario)!);

    public async Task<IReadOnlyList<JsonObject>> Ledger(string kind)
    {
        var all = JsonNode.Parse(await http.GetStringAsync(new Uri(emulator.ControlUrl, "ledger")))!.AsArray();
        return [.. all.Select(entry => entry!.AsObject()).Where(entry => (string?)entry["kind"] == kind)];
    }

    /// <summary>What the browser sent on its data channel.</summary>
    public async Task<string[]> SentByBrowser() =>
        [.. (await Ledger("event.received")).Where(entry => (string?)entry["details"]!["from"] == "browser").Select(entry => (string)entry["details"]!["type"]!)];

    /// <summary>What the browser told the model of its tool calls.</summary>
    public async Task<JsonNode[]> ToldToModel() =>
        [.. (await Ledger("event.received")).Select(entry => entry["details"]!).Where(details => (string?)details["from"] == "browser" && details["event"]?["item"]?["output"] is not null)
            .Select(details => JsonNode.Parse((string)details["event"]!["item"]!["output"]!)!)];

    public async Task<IReadOnlyList<string>> EndsOfCalls() => [.. (await Ledger("call.ended")).Select(entry => (string)entry["details"]!["reason"]!)];

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        await Api.DisposeAsync();
        await page.DisposeAsync();
        await emulator.DisposeAsync();
        http.Dispose();
    }
}
