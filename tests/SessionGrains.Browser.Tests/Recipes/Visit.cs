using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Recipes;

/// <summary>A person at one of the application's pages, and the page that answers the calls.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private const float Patience = 30_000;

    private readonly Application application;
    private readonly IBrowserContext context;
    private readonly Witness witness;

    private Visit(Application application, IBrowserContext context, IPage page)
    {
        (this.application, this.context, Page) = (application, context, page);
        witness = new(page);
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Console += (_, line) =>
        {
            Said.Enqueue(line.Text);
            if (line.Type is "error" or "warning")
            {
                Complaints.Enqueue(line.Text);
            }
        };
        page.Response += (_, answer) =>
        {
            if (answer.Request.Method == "POST" && answer.Headers.TryGetValue("location", out var location) && location.StartsWith("/v1/realtime/calls/", StringComparison.Ordinal))
            {
                Calls.Add(location.Split('/')[^1]);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What the page wrote to its console.</summary>
    public ConcurrentQueue<string> Said { get; } = [];

    /// <summary>What went wrong in it.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    /// <summary>Its calls, oldest first.</summary>
    public List<string> Calls { get; } = [];

    public static async Task<Visit> Open(Chromium chromium, Application application, string page, bool isSignedIn = true)
    {
        await application.OpenAI.Set("""{"microphone":false}""");
        var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        if (isSignedIn)
        {
            await context.AddCookiesAsync([new() { Name = "session", Value = "ada", Url = application.Url.ToString(), SameSite = SameSiteAttribute.Strict }]);
        }

        var peer = await context.NewPageAsync();
        await peer.GotoAsync(new Uri(application.OpenAI.BaseUrl, "/peer").ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready", new() { Timeout = Patience });
        var visit = new Visit(application, context, await context.NewPageAsync());
        await visit.Page.GotoAsync(new Uri(application.Url, page).ToString());
        return visit;
    }

    public Task Press(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>The page shows this, soon.</summary>
    public Task Says(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text, new() { Timeout = Patience });

    /// <summary>The model does this, once the server holds the call and nothing is being said.</summary>
    public Task Respond(string turn) => Until.True(
        async () =>
        {
            try
            {
                if (Calls.Count == 0 || (await application.OpenAI.Session(Calls[^1]))["tools"]!.AsArray().Count != 2)
                {
                    return false;
                }

                await application.OpenAI.Respond(Calls[^1], turn);
                return true;
            }
            catch (HttpRequestException busy) when (busy.StatusCode is System.Net.HttpStatusCode.Conflict)
            {
                return false;
            }
        },
        "a call that the server holds, and silence in it");

    /// <summary>The server has told the model this about a function call.</summary>
    public Task UntilTold(string callId, string what) => Until.True(
        async () => (await application.OpenAI.Ledger("event.received")).Any(entry =>
            (string?)entry["call_id"] == Calls[^1] && (string?)entry["details"]!["from"] == "sideband" && entry["details"]!["event"]?["item"]?.ToJsonString() is { } item
            && item.Contains(callId, StringComparison.Ordinal) && item.Contains(what, StringComparison.Ordinal)),
        $"what the server says of {callId}");

    /// <summary>Why the emulator ended the last call.</summary>
    public async Task<string> EndOfCall()
    {
        string? reason = null;
        await Until.True(
            async () => (reason = (string?)(await application.OpenAI.Ledger("call.ended")).SingleOrDefault(entry => (string?)entry["call_id"] == Calls[^1])?["details"]!["reason"]) is not null,
            $"the end of {Calls[^1]}");
        return reason!;
    }

    public async ValueTask DisposeAsync()
    {
        witness.Tell(application.Output[Math.Max(0, application.Output.Length - 8_000)..]);
        await context.DisposeAsync();
    }
}
