using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;
using SessionGrains.Browser.Tests.Sdk;

namespace SessionGrains.Browser.Tests.OperatorConsole;

/// <summary>An operator in front of the console of a local host, and users whose workflows live there.</summary>
internal sealed class ConsoleScene : IAsyncDisposable
{
    private readonly LocalHost host;
    private readonly IBrowserContext context;
    private readonly Witness witness;

    private ConsoleScene(LocalHost host, IBrowserContext context, IPage page)
    {
        (this.host, this.context, Page) = (host, context, page);
        witness = new(page);
    }

    public IPage Page { get; }

    public static async Task<ConsoleScene> Open(Chromium chromium, LocalHost host)
    {
        var context = await chromium.Browser.NewContextAsync();
        return new(host, context, await context.NewPageAsync());
    }

    /// <summary>Goes to the console as a person does, who has to sign in first.</summary>
    public async Task SignIn()
    {
        await Page.GotoAsync(new Uri(host.Url, "/console").ToString());
        await Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in$"));
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as the test operator" }).ClickAsync();
        await Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console$"));
        await Sees("Workflows");
    }

    public async Task Go(string place)
    {
        await Page.GotoAsync(new Uri(host.Url, $"/console#/{place}").ToString());
        await Assertions.Expect(Page.GetByText("Reading…")).ToHaveCountAsync(0);
    }

    /// <summary>The heading of the place that is shown.</summary>
    public Task Sees(string heading) => Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Name = heading, Level = 1 })).ToBeVisibleAsync();

    public Task Shows(string text) => Assertions.Expect(Page.Locator("#view")).ToContainTextAsync(text, new() { Timeout = 30_000 });

    /// <summary>Fills the open dialog's reason, and presses its button.</summary>
    public async Task Confirm(string button, string reason)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason, for the audit trail").FillAsync(reason);
        await dialog.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync(new() { Timeout = 30_000 });
    }

    /// <summary>Finds nothing that shuts somebody out, on a desk and on a phone, and keeps pictures for people to look at.</summary>
    public async Task LooksRight(string name)
    {
        await new Gallery(Page).ShowWords($"console-{name}");
        await Page.SetViewportSizeAsync(1280, 900);
    }

    /// <summary>Starts a workflow of a user of its own.</summary>
    public async Task<(string Id, string Secret, string Token)> Start(string user, string definition = "sealed-intake", string? tenant = null)
    {
        var token = await host.Token(user, tenant: tenant);
        var started = await host.Post("/v1/workflows", $$$"""{"definition":"{{{definition}}}","inputs":{"customer":"C-17"}}""", token);
        return ((string)started["id"]!, (string)started["client_secret"]!["value"]!, token);
    }

    /// <summary>Makes a call as a page does that calls OpenAI itself, and reports it.</summary>
    public async Task Call(string workflow, string secret, string token)
    {
        using var offer = new StringContent(await File.ReadAllTextAsync(Path.Combine(SdkPage.Sources, "..", "..", "docs", "offer.sdp")), new MediaTypeHeaderValue("application/sdp"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Emulator, "/v1/realtime/calls")) { Content = offer };
        request.Headers.Authorization = new("Bearer", secret);
        using var answer = await host.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var call = answer.Headers.Location!.ToString().Split('/')[^1];
        await host.Post($"/v1/workflows/{workflow}/call", new JsonObject { ["call_id"] = call }.ToJsonString(), token);
    }

    public Task<JsonNode> Relay(string workflow, string call, string tool, string arguments, string token) => host.Post(
        $"/v1/workflows/{workflow}/tool_calls", new JsonObject { ["call_id"] = call, ["name"] = tool, ["arguments"] = arguments }.ToJsonString(), token);

    public Task<JsonNode> Get(string path, string token) => host.Get(path, token);

    public async ValueTask DisposeAsync()
    {
        witness.Tell(host.Output);
        await context.DisposeAsync();
    }
}
