using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Recipes;

/// <summary>The recipes of <c>docs/browser.md</c>, taken from the page and run as they stand, against the real local host.</summary>
public sealed class RecipeTests(Chromium chromium, Application application) : IClassFixture<Application>
{
    private const string Refund = """{"calls":[{"name":"issue_refund","arguments":{"order_id":"42","amount_usd":10},"call_id":"call_refund"}]}""";

    [Fact]
    public async Task The_page_of_one_screen_with_the_Express_backend_starts_talks_asks_and_ends()
    {
        await WritePage();
        await using var visit = await Visit.Open(chromium, application, "index.html");
        visit.Page.Dialog += (_, question) => question.AcceptAsync();

        await visit.Page.ClickAsync("#start");
        await visit.Says("#state", "connected");
        await visit.Respond("""{"say":"Good morning, this is the voice."}""");
        await visit.Says("#said", "Good morning, this is the voice.");
        await visit.Respond(Refund);
        await visit.UntilTold("call_refund", "Refunded 10.00 USD");
        await visit.Page.ClickAsync("#end");

        await visit.Says("#state", "ended");
        Assert.Equal("hung_up", await visit.EndOfCall());
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task Who_is_not_signed_in_at_the_application_gets_no_token_and_starts_nothing()
    {
        await WritePage();
        await using var visit = await Visit.Open(chromium, application, "index.html", isSignedIn: false);
        using var http = new HttpClient();

        await visit.Page.ClickAsync("#start");
        await visit.Says("#said", "Sign in, then try again.");
        await visit.Says("#state", "ended");
        using var token = await http.PostAsync(new Uri(application.Url, "/token"), null, TestContext.Current.CancellationToken);
        using var conversation = await http.PostAsync(new Uri(application.Url, "/conversations"), null, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (token.StatusCode, conversation.StatusCode));
    }

    [Fact]
    public async Task The_React_hook_and_its_view_start_talk_ask_and_end_and_leaving_ends_too()
    {
        await WriteReact();
        await using var visit = await Visit.Open(chromium, application, "react.html");

        await visit.Press("Start");
        await visit.Says("[role=status]", "connected");
        await visit.Respond("""{"say":"Good morning, this is the voice."}""");
        await visit.Says("li", "assistant: Good morning, this is the voice.");
        await visit.Respond(Refund);
        await visit.Says("#root", "May issue_refund run?");
        await visit.Press("Allow");
        await visit.UntilTold("call_refund", "Refunded 10.00 USD");
        await Assertions.Expect(visit.Page.GetByText("May issue_refund run?")).ToBeHiddenAsync();
        await visit.Press("End");
        await visit.Says("[role=status]", "ended");
        Assert.Equal("hung_up", await visit.EndOfCall());

        await visit.Press("Start");
        await visit.Says("[role=status]", "connected");
        await visit.Page.EvaluateAsync("() => window.leave()");
        await visit.EndOfCall();
        Assert.Equal(2, visit.Calls.Count);
        Assert.Empty(visit.Complaints);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("react")]
    public async Task While_a_page_reconnects_one_can_hang_up_and_a_second_conversation_does_not_begin(string name)
    {
        await (name == "react" ? WriteReact() : WritePage());
        await using var visit = await Visit.Open(chromium, application, $"{name}.html");
        await visit.Press("Start");
        await visit.Says("[role=status]", "connected");

        // Nothing says that the network is back.
        await visit.Page.EvaluateAsync("() => { dispatchEvent(new Event('offline')); }");
        await visit.Says("[role=status]", "reconnecting");
        Assert.Empty(await visit.Page.Locator("button:enabled", new() { HasText = "Start" }).AllAsync());
        await visit.Press("End");

        await visit.Says("[role=status]", "ended");
        Assert.Equal("hung_up", await visit.EndOfCall());
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToBeEnabledAsync();
    }

    [Fact]
    public async Task OpenAIs_own_transport_with_our_habits_leaves_policy_and_tools_to_the_server()
    {
        await application.Write("official.js", await application.Recipe("js", "class ServerOwned"));
        await application.Bundle("official.js", "official");
        await using var visit = await Visit.Open(chromium, application, "official.html");
        await Until.True(() => Task.FromResult(visit.Said.Contains("session.updated")), "the client's session.updated");

        await visit.Respond("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"42"},"call_id":"call_lookup"}]}""");
        await visit.UntilTold("call_lookup", "bicycle");
        await Until.True(() => Task.FromResult(visit.Said.Count(type => type == "response.done") > 1), "the model's answer to the tool");

        var sent = (await application.OpenAI.Ledger("event.received")).Where(entry => (string?)entry["call_id"] == visit.Calls.Single() && (string?)entry["details"]!["from"] == "browser");
        Assert.Equal(["session.update"], sent.Select(entry => (string?)entry["details"]!["type"]));
        var session = await application.OpenAI.Session(visit.Calls.Single());
        Assert.StartsWith("You take the intake call of customer C-17 for Ada.", (string?)session["instructions"], StringComparison.Ordinal);
        Assert.Equal(["issue_refund", "lookup_order"], session["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).Order());
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task The_Nextjs_route_signs_a_token_that_the_API_takes_and_nothing_for_strangers()
    {
        await application.Write("route.js", await application.Recipe("js", "currentUser()"));
        await application.Write("session.js", "export const currentUser = async () => (process.argv[2] ? { id: process.argv[2], company: 'acme', name: 'Ada' } : null);");
        await application.Write("try-route.js", """
            import { POST } from './route.js';
            const answer = await POST();
            console.log(`${answer.status} ${answer.headers.get('cache-control')} ${await answer.text()}`);
            """);

        var token = (await application.RunBackend("try-route.js", "ada")).Trim();
        Assert.Equal("401 null", (await application.RunBackend("try-route.js")).Trim());
        Assert.StartsWith("200 no-store ", token, StringComparison.Ordinal);

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(application.Api, "/v1/workflows"));
        request.Headers.Authorization = new("Bearer", token.Split(' ')[2]);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("list", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["object"]);
    }

    private async Task WritePage() => await application.Write("public/index.html", await application.Recipe("html", "VoiceWorkflow"));

    private async Task WriteReact()
    {
        await application.Write("useVoiceWorkflow.jsx", await application.Recipe("jsx", "export function useVoiceWorkflow"));
        await application.Write("VoiceIntake.jsx", await application.Recipe("jsx", "export function VoiceIntake"));
        await application.Write("main.jsx", """
            import { StrictMode } from 'react';
            import { createRoot } from 'react-dom/client';
            import { VoiceIntake } from './VoiceIntake.jsx';
            const root = createRoot(document.getElementById('root'));
            root.render(<StrictMode><VoiceIntake customer="C-17" /></StrictMode>);
            window.leave = () => root.unmount();
            """);
        await application.Bundle("main.jsx", "react");
    }
}
