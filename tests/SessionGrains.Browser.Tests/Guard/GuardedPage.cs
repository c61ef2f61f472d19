using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>A page on the host's own origin with whatever script it likes, a workflow, and a page that answers its call.</summary>
internal abstract class GuardedPage(LocalHost host, IBrowserContext context, IPage page, JsonNode started, Witness witness) : IAsyncDisposable
{
    protected const float Patience = 30_000;

    public IPage Page => page;

    public JsonNode Started => started;

    /// <summary>Its call.</summary>
    public string Call { get; protected set; } = "";

    /// <summary>The workflow as an operator sees it.</summary>
    public async Task<JsonNode> Record() => await host.Get($"/v1/admin/workflows/{Started["id"]}", await host.Token("oona", "sessiongrains.operator"));

    /// <summary>Waits until something holds in the page.</summary>
    public Task Until(string condition) => Page.WaitForFunctionAsync(condition, null, new() { Timeout = Patience });

    public async ValueTask DisposeAsync()
    {
        witness.Tell(host.Output);
        await context.DisposeAsync();
    }

    protected static async Task<(IBrowserContext Context, IPage Page, JsonNode Started, Witness Witness)> Prepare(Chromium chromium, LocalHost host, string definition)
    {
        var started = await host.Post("/v1/workflows", new JsonObject { ["definition"] = definition, ["inputs"] = new JsonObject { ["customer"] = "C-17" } }.ToJsonString(), await host.Token("ada"));
        // The script is not the host's, so the host's policy for scripts is set aside.
        var context = await chromium.Browser.NewContextAsync(new() { BypassCSP = true });
        await context.GrantPermissionsAsync(["microphone"]);
        await host.Control("settings", new JsonObject { ["microphone"] = false });
        var peer = await context.NewPageAsync();
        await peer.GotoAsync(host.Emulator.ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready", new() { Timeout = Patience });
        var page = await context.NewPageAsync();
        var witness = new Witness(page);
        await page.GotoAsync(host.Url.ToString());
        return (context, page, started, witness);
    }
}
