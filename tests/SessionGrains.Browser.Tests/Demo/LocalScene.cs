using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>A person in front of the local host's own page.</summary>
internal sealed class LocalScene : IAsyncDisposable
{
    private readonly LocalHost host;
    private readonly IBrowserContext context;
    private readonly Witness witness;
    private string? workflow;

    private LocalScene(LocalHost host, IBrowserContext context, IPage page)
    {
        (this.host, this.context, Page) = (host, context, page);
        witness = new(page);
        Sound = new(page, () => page.Frames.Single(frame => new Uri(frame.Url).AbsolutePath == "/peer"));
        page.Response += (_, answer) =>
        {
            if (answer.Request.Method == "POST" && answer.Headers.TryGetValue("location", out var location))
            {
                workflow = location.StartsWith("/v1/workflows/", StringComparison.Ordinal) ? location.Split('/')[^1] : workflow;
                Call = location.StartsWith("/v1/realtime/calls/", StringComparison.Ordinal) ? location.Split('/')[^1] : Call;
            }
        };
    }

    public IPage Page { get; }

    public Sound Sound { get; }

    /// <summary>The workflow that was started last.</summary>
    public string Workflow => workflow ?? throw new InvalidOperationException("Nothing was started.");

    /// <summary>Its call.</summary>
    public string Call { get; private set; } = "";

    public static async Task<LocalScene> Open(CautiousChromium chromium, LocalHost host)
    {
        var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        await Sound.Watch(context);
        await host.Control("settings", new JsonObject { ["microphone"] = false });
        var scene = new LocalScene(host, context, await context.NewPageAsync());
        await scene.Page.GotoAsync(host.Url.ToString());
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Radio, new() { Name = "sealed-intake" })).ToBeVisibleAsync();
        return scene;
    }

    /// <summary>Presses Start and waits until one can speak.</summary>
    public async Task Start(string definition)
    {
        await Page.GetByRole(AriaRole.Radio, new() { Name = definition }).CheckAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(Page.Locator("#state")).ToHaveTextAsync("Connected. You can speak.", new() { Timeout = 45_000 });
        if (definition.StartsWith("direct", StringComparison.Ordinal))
        {
            // The page called OpenAI itself, at another address.
            Call = (string)(await Ledger("call.created"))[^1]["call_id"]!;
        }
    }

    /// <summary>Presses End and waits until the page says that it is over.</summary>
    public async Task End()
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "End" }).ClickAsync();
        await Says("#over-why", "You ended it.");
    }

    /// <summary>The page shows this, soon.</summary>
    public Task Says(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = 90_000 });

    /// <summary>The user says this.</summary>
    public Task Speak(string words) => host.Control($"calls/{Call}/speech", new JsonObject { ["transcript"] = words });

    /// <summary>The model says this.</summary>
    public Task Respond(string words) => host.Control($"calls/{Call}/respond", new JsonObject { ["say"] = words });

    public Task<IReadOnlyList<JsonObject>> Ledger(string kind) => host.Ledger(kind);

    /// <summary>Why the emulator ended the call.</summary>
    public async Task<string> EndOfCall()
    {
        await Until.True(async () => (await Ended()).Any(), $"the end of {Call}");
        return (string)(await Ended()).Single()["details"]!["reason"]!;

        async Task<IEnumerable<JsonObject>> Ended() => (await Ledger("call.ended")).Where(entry => (string?)entry["call_id"] == Call);
    }

    public async ValueTask DisposeAsync()
    {
        witness.Tell(host.Output);
        await context.DisposeAsync();
    }
}
