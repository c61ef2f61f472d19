using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Trouble;

/// <summary>A person in front of the demo page, in a conversation that something happens to; and the emulator's ledger, which knows when calls really ended.</summary>
internal sealed class TroubledPage : IAsyncDisposable
{
    private const float Patience = 60_000;

    private readonly TroubledCluster cluster;
    private readonly IBrowserContext context;
    private readonly IBrowserContext otherEnd;
    private readonly Witness witness;

    private TroubledPage(TroubledCluster cluster, IBrowserContext context, IPage page, IBrowserContext otherEnd, IPage peer)
    {
        (this.cluster, this.context, Page, this.otherEnd) = (cluster, context, page, otherEnd);
        witness = new(page);
        Sound = new(page, () => peer.MainFrame);
        page.Response += (_, answer) =>
        {
            if (answer.Request.Method == "POST" && answer.Headers.TryGetValue("location", out var location))
            {
                var id = location.Split('/')[^1];
                if (id.StartsWith("rtc_", StringComparison.Ordinal))
                {
                    Calls.Add(id);
                }
                else if (id.StartsWith("wf_", StringComparison.Ordinal))
                {
                    Workflow = id;
                }
            }
        };
    }

    public IPage Page { get; }

    public Sound Sound { get; }

    public string Workflow { get; private set; } = "";

    /// <summary>Its calls, oldest first.</summary>
    public List<string> Calls { get; } = [];

    public string Call => Calls[^1];

    public static async Task<TroubledPage> Open(Chromium chromium, TroubledCluster cluster)
    {
        await cluster.Heal();
        await cluster.OpenAI.Set("""{"microphone":false}""");
        var otherEnd = await chromium.Browser.NewContextAsync();
        await Sound.Watch(otherEnd);
        var peer = await otherEnd.NewPageAsync();
        await peer.GotoAsync(new Uri(cluster.OpenAI.BaseUrl, "/peer").ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready", new() { Timeout = Patience });
        var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        await Sound.Watch(context);
        var scene = new TroubledPage(cluster, context, await context.NewPageAsync(), otherEnd, peer);
        await scene.Page.GotoAsync(cluster.PageUrl);
        await Assertions.Expect(scene.Page.Locator(".choice")).ToHaveCountAsync(5);
        await scene.Page.EvaluateAsync("""
            () => {
              window.shown = [];
              const state = document.getElementById('state');
              new MutationObserver(() => state.textContent !== window.shown.at(-1) && window.shown.push(state.textContent)).observe(state, { childList: true });
            }
            """);
        return scene;
    }

    /// <summary>Presses Start, waits until sound flows both ways and until the server holds the call.</summary>
    public async Task Start(string definition)
    {
        await Page.GetByRole(AriaRole.Radio, new() { Name = $"{definition} ·" }).CheckAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Says("#state", "Connected. You can speak.");
        await Says("#control", "fully");
        await cluster.OpenAI.Respond(Call, """{"say":"Hello. I can hear you and you can hear me, I hope."}""");
        await Sound.FlowsBothWays();
    }

    public Task End() => Page.GetByRole(AriaRole.Button, new() { Name = "End" }).ClickAsync();

    /// <summary>The page shows this, soon.</summary>
    public Task Says(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = Patience });

    /// <summary>Everything that the page said of its state since the click, in order.</summary>
    public Task<string[]> Shown() => Page.EvaluateAsync<string[]>("() => window.shown");

    /// <summary>The model asks for the tool, once it has finished what it was saying.</summary>
    public async Task AskForTool(string callId, int n)
    {
        var turn = $$"""{"calls":[{"name":"keyed_lookup","arguments":{"n":{{n}}},"call_id":"{{callId}}"}]}""";
        await Until.True(async () => await TryRespond(turn), "a call that is silent");
    }

    /// <summary>When and why the emulator ended a call.</summary>
    public async Task<(DateTimeOffset At, string Reason)> EndOf(string call)
    {
        JsonNode? ended = null;
        await Until.True(async () => (ended = (await cluster.OpenAI.Ledger("call.ended")).SingleOrDefault(entry => (string?)entry["call_id"] == call)) is not null, $"the end of {call}");
        return (DateTimeOffset.Parse((string)ended!["at"]!, null), (string)ended["details"]!["reason"]!);
    }

    /// <summary>When OpenAI took the hang-up of a call.</summary>
    public async Task<DateTimeOffset> HungUp(string call)
    {
        DateTimeOffset? at = null;
        await Until.True(async () => (at = await cluster.OpenAI.HungUpAt(call)) is not null, $"the hang-up of {call}");
        return at!.Value;
    }

    /// <summary>How its owner finds the workflow, once that is over.</summary>
    public async Task<JsonNode> Ended()
    {
        using var owner = cluster.Product.Browser("ada");
        JsonNode? view = null;
        await Until.True(async () => (string?)(view = await owner.TryView(new JsonObject { ["id"] = Workflow }))?["status"] == "ended", $"the end of {Workflow}");
        return view!;
    }

    public Task Picture(string name) => Pictures.Take(Page, name);

    public async ValueTask DisposeAsync()
    {
        witness.Tell(cluster.Product.Output[Math.Max(0, cluster.Product.Output.Length - 8_000)..]);
        await context.DisposeAsync();
        await otherEnd.DisposeAsync();
    }

    private async Task<bool> TryRespond(string turn)
    {
        try
        {
            await cluster.OpenAI.Respond(Call, turn);
            return true;
        }
        catch (HttpRequestException busy) when (busy.StatusCode is System.Net.HttpStatusCode.Conflict)
        {
            return false;
        }
    }
}
