using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Pretended;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Everything that the demo page can show, as everybody sees it.</summary>
public sealed class EveryViewTests(CautiousChromium chromium)
{
    private const string Connected = "Connected. You can speak.";

    private static readonly (string Reason, string Call, string Sentence)[] Ends =
    [
        ("completed", "confirmed", "The task was done."),
        ("user_ended", "confirmed", "You ended it."),
        ("never_connected", "not_needed", "No call was made in time."),
        ("max_duration", "confirmed", "The time for one conversation was up."),
        ("idle", "confirmed", "Nobody said anything for a while."),
        ("heartbeat_lost", "confirmed", "The server lost sight of this page."),
        ("call_ended", "already_gone", "The call was closed at the other end."),
        ("revoked", "confirmed", "An operator ended it."),
        ("superseded", "confirmed", "A newer conversation of yours took its place."),
        ("budget_exhausted", "confirmed", "Its budget was used up."),
        ("policy_violation", "confirmed", "Something happened that its policy does not allow."),
        ("control_lost", "confirmed", "The server could not hold the call any more."),
        ("failed", "unverified", "Something failed on the server."),
    ];

    private static readonly Dictionary<string, string> Calls = new()
    {
        ["confirmed"] = "hung up by the server",
        ["already_gone"] = "was over already",
        ["unverified"] = "not confirmed by OpenAI",
        ["not_needed"] = "there was no call",
    };

    [Fact]
    public async Task A_conversation_from_its_start_to_its_end()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var (page, views) = (scene.Page, new Gallery(scene.Page));
        await views.Show("01-setup");

        await scene.Choose("sealed-intake");
        await using (await scene.HesitateAboutMicrophone())
        {
            await scene.Press("Start");
            await scene.ExpectState("Please allow the microphone");
            await views.Show("02-requesting-microphone");
        }

        await scene.ExpectState(Connected);
        await scene.Says("#control", "fully");
        await views.Show("05-connected-sealed");
        await scene.Press("Mute");
        await scene.ExpectState("Connected. You are muted.");
        await views.Show("06-muted");
        await scene.Press("Mute");

        await Talk(scene);
        await views.Show("07-talk");
        scene.AskApproval("call_10", """{"order_id":"A-1001","amount_usd":20,"reason":"The helmet arrived with a scratch."}""");
        scene.AskApproval("call_11", arguments: null);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "May the server run issue_refund?" })).ToBeFocusedAsync();
        await scene.Says("#approval-arguments", "amount_usd: 20");
        await views.Show("08-approval");
        await scene.Press("Allow");
        await scene.Says("#approval-what", "stay on the server");
        await views.Show("09-approval-without-details");
        await scene.Press("Don’t allow");
        await Assertions.Expect(page.Locator("#approval")).ToBeHiddenAsync();

        scene.Api.Workflow.ExpiresAt = TimeProvider.System.GetUtcNow().AddSeconds(58);
        scene.Api.Workflow.Tell("workflow.expiring", scene.Api.View(scene.Api.Workflow));
        scene.TellUsage(1.41);
        await scene.Says("#hurry", "left");
        await scene.Says("#cost", "$1.41");
        await views.Show("10-expiring");

        using (scene.Api.Think("/end"))
        {
            await scene.Press("End");
            await scene.ExpectState("Hanging up");
            await views.Show("13-hanging-up");
        }

        await scene.Says("#over-why", "You ended it.");
        await views.Show("14-ended");
        Assert.Empty(scene.Complaints);
    }

    [Fact]
    public async Task What_goes_slowly_and_what_is_interrupted()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var (page, views) = (scene.Page, new Gallery(scene.Page));
        await scene.Choose("voice-intake");
        using (scene.Api.Think("/realtime/calls"))
        {
            using (scene.Api.Think("/workflows"))
            {
                await scene.Press("Start");
                await scene.ExpectState("Asking the server for permission");
                await views.Show("03-starting");
            }

            await scene.ExpectState("Connecting the call");
            await views.Show("04-connecting");
        }

        await scene.ExpectState(Connected);
        await scene.Says("#control", "fully");
        await views.Show("05-connected-brokered");

        scene.AskApproval("call_5", """{"order_id":"A-1001","amount_usd":20}""");
        scene.Api.Fail(new("/approval", 409, "tool_call_conflict"));
        await scene.Press("Allow");
        await scene.ExpectProblem("Something went wrong. Try again soon.");
        await views.Show("10-decision-refused");
        await scene.Press("Don’t allow");

        await page.Context.SetOfflineAsync(true);
        await scene.ExpectState("You are offline. Waiting for the network");
        await views.Show("11-offline");
        using (scene.Api.Think("/client_secret"))
        {
            await page.Context.SetOfflineAsync(false);
            await scene.ExpectState("The connection broke. Connecting again");
            await views.Show("12-reconnecting");
        }

        await scene.ExpectState(Connected);
        await page.Context.SetOfflineAsync(true);
        await scene.Press("End");
        await scene.Says("#over-why", "It is over on this page. The server could not be told, and will notice.");
        await views.Show("15-ended-untold");
        await page.Context.SetOfflineAsync(false);

        await scene.Press("Start another");
        await scene.Start("direct-intake");
        await scene.Says("#control", "by its id only");
        await views.Show("05-connected-client_secret");
        scene.Api.Forget();
        await scene.Api.HangUp(scene.Api.Workflow);
        await scene.Says("#over-why", "It does not exist any more.");
        await views.Show("16-ended-vanished");
    }

    [Fact]
    public async Task Every_reason_to_end()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var views = new Gallery(scene.Page);
        foreach (var (reason, call, sentence) in Ends)
        {
            await scene.Start();
            await scene.Api.EndByServer(reason, call);
            await Assertions.Expect(scene.Page.Locator("#over-why")).ToHaveTextAsync(sentence);
            await scene.Says("#over-facts", Calls[call]);
            await views.ShowWords($"16-ended-{reason}");
            await scene.Press("Start another");
        }

        Assert.Equal(Ends.Length * 2, views.Count);
        Assert.Empty(scene.Complaints);
    }

    [Fact]
    public async Task Every_reason_not_to_start()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var (page, views) = (scene.Page, new Gallery(scene.Page));
        foreach (var (name, sentence) in new[]
        {
            ("NotAllowedError", "Allow the microphone for this page, then try again."),
            ("NotFoundError", "Connect a microphone, then try again."),
            ("NotReadableError", "The microphone does not work. Something else may use it."),
        })
        {
            await page.EvaluateAsync("name => { window.asked ??= navigator.mediaDevices.getUserMedia; navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }", name);
            await Fails(sentence, $"17-{name}");
        }

        await page.EvaluateAsync("() => { navigator.mediaDevices.getUserMedia = window.asked; }");
        foreach (var (status, code, sentence) in new[]
        {
            (401, "unauthenticated", "Sign in, then try again."),
            (403, "forbidden", "You are not allowed to do this."),
            (404, "definition_not_found", "This conversation is not offered."),
            (422, "invalid_inputs", "Your details are not as they should be."),
            (429, "quota_exceeded", "There are too many conversations. Try again soon."),
            (429, "rate_limited", "That was too often. Try again soon."),
            (503, "draining", "Something went wrong. Try again soon."),
        })
        {
            scene.Api.Fail(new("/workflows", status, code, RetryAfter: "41"));
            await Fails(sentence, $"18-{code}");
        }

        await page.Context.SetOfflineAsync(true);
        await Fails("You are offline. Try again soon.", "19-offline");
        await page.Context.SetOfflineAsync(false);
        for (var tries = 0; tries < 8; tries++)
        {
            // A browser repeats by itself what was cut off.
            scene.Api.Fail(new("/workflows", 0));
        }

        await Fails("The service cannot be reached. Try again soon.", "20-unreachable");

        async Task Fails(string sentence, string view)
        {
            await scene.Press("Start");
            await scene.ExpectProblem(sentence);
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true })).ToBeFocusedAsync();
            await views.ShowWords(view);
        }
    }

    [Fact]
    public async Task A_host_without_test_users()
    {
        await using var scene = await DemoScene.Open(chromium.Browser, testUsers: false);

        await Assertions.Expect(scene.Page.GetByLabel("Access token")).ToBeVisibleAsync();
        await new Gallery(scene.Page).Show("21-setup-with-a-token");
    }

    [Fact]
    public async Task A_host_that_offers_nothing_or_does_not_answer()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var (page, views) = (scene.Page, new Gallery(scene.Page));
        foreach (var (name, answer, sentence) in new[]
        {
            ("22-nothing-offered", """{"api":"","emulator":null,"test_users":true,"definitions":[]}""", "This host offers no conversation: it has no definition."),
            ("23-no-host", "Bad Gateway", "The host of this page does not answer. Load the page again."),
        })
        {
            await page.RouteAsync("**/demo/config", route => route.FulfillAsync(new() { Body = answer, ContentType = "application/json" }));
            await page.ReloadAsync();
            await scene.ExpectProblem(sentence);
            await Assertions.Expect(page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
            await views.ShowWords(name);
        }
    }

    [Fact]
    public async Task A_view_that_is_pale_nameless_or_too_wide_would_be_noticed()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var views = new Gallery(scene.Page);
        Assert.Empty(await views.Faults());

        await scene.Page.EvaluateAsync("""
            () => {
              document.getElementById('provider').style.color = '#ccc';
              document.getElementById('user').labels[0].remove();
              document.getElementById('form').style.width = '2000px';
            }
            """);

        Assert.Collection(
            (await views.Faults()).Order(StringComparer.Ordinal),
            fault => Assert.EndsWith("pixels wide", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("color-contrast", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("select-name", fault, StringComparison.Ordinal));
    }

    /// <summary>A conversation with everything that may stand in one.</summary>
    private static async Task Talk(DemoScene scene)
    {
        var workflow = scene.Api.Workflow;
        Say("assistant", "Good morning, this is the intake line. How can I help you?");
        Say("user", "Hello, where is my order A-1001?");
        Say("assistant", "Let me look that up for you.");
        Run("completed", """{"order_id":"A-1001","status":"shipped","total_usd":129.5,"track":"https://parcels.example/track/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}""");
        foreach (var (status, error) in new[]
        {
            ("failed", "The tool could not be reached."),
            ("timed_out", "The tool took longer than 5 seconds."),
            ("denied", "It was not approved."),
            ("unknown", "The connection broke after the request was sent."),
        })
        {
            Run(status, $$"""{"status":"{{status}}","message":"{{error}} Do not try again unless the user asks for it."}""", error);
        }

        Run("running");
        Say("user", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, that is where I work.");
        Say("assistant", "Good news: your order has been shipped. I can also", "transcript.delta");
        scene.TellUsage(0.0417);
        await Assertions.Expect(scene.Page.Locator(".tool")).ToHaveCountAsync(6);
        await Assertions.Expect(scene.Page.Locator(".said.partial")).ToHaveCountAsync(1);
        await scene.Says("#cost", "$0.0417");

        void Say(string role, string text, string type = "transcript.done") =>
            workflow.Tell(type, new JsonObject { ["role"] = role, ["item_id"] = $"item_{text[..6]}", ["text"] = text });

        void Run(string status, string? output = null, string? error = null) =>
            workflow.Tell("tool_call.updated", PretendApi.ToolCall(workflow, $"call_{status}", "lookup_order", new() { ["status"] = status, ["output"] = output, ["error"] = error }));
    }
}
