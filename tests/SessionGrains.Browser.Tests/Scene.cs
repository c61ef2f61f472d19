using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Emulator;

namespace SessionGrains.Browser.Tests;

/// <summary>An emulator, a page with the official client, and, where sound matters, a page that answers.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private const float Patience = 20_000;

    private readonly EmulatorHost emulator;
    private readonly TestPage page;
    private readonly IBrowserContext context;
    private readonly HttpClient http = new();

    private Scene(EmulatorHost emulator, TestPage page, IBrowserContext context, IPage browser) =>
        (this.emulator, this.page, this.context, Browser) = (emulator, page, context, browser);

    public IPage Browser { get; }

    public string CallsUrl => $"{emulator.BaseUrl}/realtime/calls";

    public string SocketUrl => $"{CallsUrl.Replace("http://", "ws://", StringComparison.Ordinal)[..^"/calls".Length]}?model=gpt-realtime-2.1";

    public static async Task<Scene> Open(Chromium chromium)
    {
        var emulator = await EmulatorHost.StartAsync();
        var page = await TestPage.Start();
        var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        var browser = await context.NewPageAsync();
        await browser.GotoAsync(page.Url);
        await browser.WaitForFunctionAsync("() => window.lab");
        return new Scene(emulator, page, context, browser);
    }

    /// <summary>Opens the page that answers calls.</summary>
    public async Task<IPage> OpenPeer()
    {
        var peer = await context.NewPageAsync();
        await peer.GotoAsync(new Uri(emulator.BaseUrl, "/peer").ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready");
        return peer;
    }

    public async Task<string> Mint()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{emulator.BaseUrl}/realtime/client_secrets")
        {
            Content = JsonContent.Create(new JsonObject { ["session"] = new JsonObject { ["type"] = "realtime" } }),
        };
        return (await Send(request, "sk-emulator"))["value"]!.GetValue<string>();
    }

    public Task HangUp(string callId, string secret) => Send(new HttpRequestMessage(HttpMethod.Post, $"{CallsUrl}/{callId}/hangup"), secret);

    public Task Control(string path, JsonNode body) =>
        Send(new HttpRequestMessage(HttpMethod.Post, new Uri(emulator.ControlUrl, path)) { Content = JsonContent.Create(body) }, "");

    public async Task<IReadOnlyList<JsonObject>> Ledger(string kind)
    {
        var all = await http.GetFromJsonAsync<JsonArray>(new Uri(emulator.ControlUrl, "ledger"));
        return [.. all!.Select(e => e!.AsObject()).Where(e => (string?)e["kind"] == kind)];
    }

    /// <summary>Waits until the ledger has such an entry.</summary>
    public async Task UntilLedger(string kind, Func<JsonObject, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Patience));
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!(await Ledger(kind)).Any(condition))
        {
            await knock.WaitForNextTickAsync(limit.Token);
        }
    }

    public Task<string?> Connect(string kind, string url, string secret) =>
        Browser.EvaluateAsync<string?>("([kind, url, secret]) => lab.connect(kind, url, secret)", new[] { kind, url, secret });

    public Task Say(string text) => Browser.EvaluateAsync("text => lab.say(text)", text);

    /// <summary>Waits until something holds in the page.</summary>
    public async Task Until(string condition)
    {
        try
        {
            await Browser.WaitForFunctionAsync(condition, null, new() { Timeout = Patience });
        }
        catch (TimeoutException)
        {
            var seen = await Browser.EvaluateAsync<string>("() => JSON.stringify({ types: lab.types(), errors: lab.state.errors, connection: lab.state.connection })");
            Assert.Fail($"{condition} never held; {seen}");
        }
    }

    public async Task ExpectNoSchemaRefused()
    {
        Assert.Empty(await Browser.EvaluateAsync<string[]>("() => lab.refused(lab.state.events)"));
        Assert.NotEmpty(await Browser.EvaluateAsync<string[]>("() => lab.types()"));
        Assert.Empty(await Browser.EvaluateAsync<string[]>("() => lab.state.errors"));
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        await page.DisposeAsync();
        await emulator.DisposeAsync();
        http.Dispose();
    }

    private async Task<JsonNode> Send(HttpRequestMessage request, string bearer)
    {
        using (request)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }
}
