using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Pretended;
using SessionGrains.Emulator;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>The demo page as the local host serves it, over the pretended API.</summary>
internal sealed class DemoScene : IAsyncDisposable
{
    private readonly EmulatorHost emulator;
    private readonly IBrowserContext context;
    private readonly HttpClient http = new();

    private DemoScene(EmulatorHost emulator, PretendApi api, IBrowserContext context, IPage page) =>
        (this.emulator, Api, this.context, Page) = (emulator, api, context, page);

    public PretendApi Api { get; }

    public IPage Page { get; }

    /// <summary>What the page's content policy refused, and what went wrong in its scripts.</summary>
    public List<string> Complaints { get; } = [];

    /// <param name="look">Size and colours; those of a desk unless given.</param>
    /// <param name="testUsers">Whether its host makes up users; else a person brings a token.</param>
    public static async Task<DemoScene> Open(IBrowser browser, BrowserNewContextOptions? look = null, bool testUsers = true)
    {
        var emulator = await EmulatorHost.StartAsync();
        var api = await PretendApi.Start(emulator, pageOrigin: null, app => Serve(app, emulator, testUsers));
        var context = await browser.NewContextAsync(look ?? new() { ViewportSize = new() { Width = 1180, Height = 900 } });
        await context.GrantPermissionsAsync(["microphone"]);
        var scene = new DemoScene(emulator, api, context, await context.NewPageAsync());
        scene.Page.PageError += (_, error) => scene.Complaints.Add(error);
        scene.Page.Console += (_, line) =>
        {
            if (line.Type == "error" && !line.Text.Contains("status of", StringComparison.Ordinal))
            {
                scene.Complaints.Add(line.Text);
            }
        };
        await scene.Control("settings", new JsonObject { ["microphone"] = false });
        await scene.Page.GotoAsync(api.Url);
        await Assertions.Expect(scene.Page.Locator(".choice")).ToHaveCountAsync(3);
        return scene;
    }

    public async Task Choose(string definition) => await Page.GetByRole(AriaRole.Radio, new() { Name = definition }).CheckAsync();

    /// <summary>Presses Start and waits until one can speak.</summary>
    public async Task Start(string definition = "voice-intake")
    {
        await Choose(definition);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await ExpectState("Connected. You can speak.");
    }

    public Task Press(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>The page shows this, soon.</summary>
    public Task Says(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = 20_000 });

    public Task ExpectProblem(string sentence) => Assertions.Expect(Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(sentence, new() { Timeout = 20_000 });

    public Task ExpectState(string text) => Assertions.Expect(Page.Locator("#state")).ToHaveTextAsync(text, new() { Timeout = 20_000 });

    /// <summary>The model says this, once it has finished what it is saying.</summary>
    public async Task Respond(string turn)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await TryControl($"calls/{Api.Workflow.CallId}/respond", JsonNode.Parse(turn)!))
        {
            await knock.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>What the model will answer.</summary>
    public Task Play(string scenario) => Control($"calls/{Api.Workflow.CallId}/scenario", JsonNode.Parse(scenario)!);

    public Task UserSays(string text) => Control($"calls/{Api.Workflow.CallId}/speech", new JsonObject { ["transcript"] = text });

    public void TellUsage(double cost) => Api.Workflow.Tell("usage.updated", JsonNode.Parse($$"""
        {"responses":3,"input_tokens":812,"output_tokens":433,"audio_input_tokens":700,"audio_output_tokens":390,"cost_usd":{{cost.ToString(System.Globalization.CultureInfo.InvariantCulture)}},"tool_calls":2,"estimated":false,"budget_used":{{(cost / 1.5).ToString(System.Globalization.CultureInfo.InvariantCulture)}},"budget_warning":false}
        """)!);

    /// <summary>A tool call that waits for the person, or for an operator.</summary>
    public void AskApproval(string callId, string? arguments, string approver = "user")
    {
        var outcome = new JsonObject { ["status"] = "pending_approval", ["approver"] = approver, ["approve_by"] = TimeProvider.System.GetUtcNow().AddSeconds(118).ToString("O") };
        if (arguments is not null)
        {
            outcome["arguments"] = arguments;
        }

        var call = PretendApi.ToolCall(Api.Workflow, callId, "issue_refund", outcome);
        Api.Workflow.ToolCalls[callId] = call;
        Api.Workflow.Tell("approval.requested", call.DeepClone());
    }

    /// <summary>The person thinks about the microphone, until this is disposed of.</summary>
    public async Task<IAsyncDisposable> HesitateAboutMicrophone()
    {
        await Page.EvaluateAsync("""
            () => {
              const { mediaDevices } = navigator;
              const ask = mediaDevices.getUserMedia.bind(mediaDevices);
              const allowed = new Promise((resolve) => { window.allow = resolve; });
              mediaDevices.getUserMedia = (wishes) => allowed.then(() => ask(wishes));
            }
            """);
        return new Hesitation(Page);
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        await Api.DisposeAsync();
        await emulator.DisposeAsync();
        http.Dispose();
    }

    private async Task Control(string path, JsonNode body) => Assert.True(await TryControl(path, body), path);

    private async Task<bool> TryControl(string path, JsonNode body)
    {
        using var answer = await http.PostAsync(new Uri(emulator.ControlUrl, path), new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        return answer.IsSuccessStatusCode;
    }

    private static void Serve(WebApplication app, EmulatorHost emulator, bool testUsers)
    {
        var authority = emulator.BaseUrl.GetLeftPart(UriPartial.Authority);
        var counter = new HttpClient();
        DemoSite.Serve(
            app,
            () => authority,
            async () => new JsonObject
            {
                ["emulator"] = new JsonObject { ["peer_url"] = $"{authority}/peer", ["peers"] = (int)JsonNode.Parse(await counter.GetStringAsync(new Uri(emulator.ControlUrl, "peers")))!["count"]! },
                ["test_users"] = testUsers,
                ["definitions"] = JsonNode.Parse("""
                    [{"name":"direct-intake","mode":"client_secret","inputs":["customer"]},{"name":"sealed-intake","mode":"sealed","inputs":["customer"]},{"name":"voice-intake","mode":"brokered","inputs":["customer"]}]
                    """),
            },
            _ => PretendApi.Token);
    }

    private sealed class Hesitation(IPage page) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await page.EvaluateAsync("() => window.allow()");
    }
}
