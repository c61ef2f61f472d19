using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Pretended;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Everything that the demo page can show, light and dark, on a desk and on a phone: it fits, shuts nobody out, and leaves a picture to look at.</summary>
public sealed class EveryViewTests(CautiousChromium chromium)
{
    private static readonly Dictionary<string, string> Ends = new()
    {
        ["completed"] = "The task was done.",
        ["user_ended"] = "You ended it.",
        ["never_connected"] = "No call was made in time.",
        ["max_duration"] = "The time for one conversation was up.",
        ["idle"] = "Nobody said anything for a while.",
        ["heartbeat_lost"] = "The server lost sight of this page.",
        ["call_ended"] = "The call was closed at the other end.",
        ["revoked"] = "An operator ended it.",
        ["superseded"] = "A newer conversation of yours took its place.",
        ["budget_exhausted"] = "Its budget was used up.",
        ["policy_violation"] = "Something happened that its policy does not allow.",
        ["control_lost"] = "The server could not hold the call any more.",
        ["failed"] = "Something failed on the server.",
    };

    public static TheoryData<ColorScheme, int> Looks => new()
    {
        { ColorScheme.Light, 1180 },
        { ColorScheme.Dark, 1180 },
        { ColorScheme.Light, 390 },
        { ColorScheme.Dark, 390 },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task A_conversation_from_its_start_to_its_end(ColorScheme scheme, int width)
    {
        await using var scene = await Open(scheme, width);
        var page = scene.Page;
        await Check(scene, "01-setup");

        await using (await Stall.Microphone(page))
        {
            await Press(page, "Start");
            await scene.ExpectState("Please allow the microphone");
            await Check(scene, "02-requesting-microphone");
        }

        await scene.ExpectState("Connected. You can speak.");
        await Check(scene, "05-connected");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute" }).ClickAsync();
        await Check(scene, "06-muted");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute" }).ClickAsync();
        await Press(page, "End");
        await Again(page);

        await Talk(scene);
        await Check(scene, "07-talk");
        scene.AskApproval("call_2", """{"order_id":"A-1001","amount_usd":20}""");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "May the server run issue_refund?" })).ToBeFocusedAsync();
        await Check(scene, "08-approval");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#approval")).ToBeHiddenAsync();

        scene.Api.Workflow.Tell("workflow.expiring", Soon(scene));
        scene.Api.Workflow.Tell("workflow.updated", Soon(scene));
        await Assertions.Expect(page.Locator("#hurry")).ToContainTextAsync("left");
        await Check(scene, "10-expiring");

        await using (await Stall.Requests(page, "**/end"))
        {
            await Press(page, "End");
            await scene.ExpectState("Hanging up");
            await Check(scene, "13-hanging-up");
        }

        await Assertions.Expect(page.Locator("#over-why")).ToHaveTextAsync("You ended it.");
        await Check(scene, "14-ended");
        Assert.Empty(scene.Complaints);
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task What_goes_slowly_or_is_interrupted(ColorScheme scheme, int width)
    {
        await using var scene = await Open(scheme, width);
        var page = scene.Page;
        await scene.Choose("sealed-intake");
        await using (await Stall.Requests(page, "**/v1/workflows"))
        {
            await Press(page, "Start");
            await scene.ExpectState("Asking the server for permission");
            await Check(scene, "03-starting");
        }

        await scene.ExpectState("Connected. You can speak.");
        scene.AskApproval("call_5", arguments: null);
        await Assertions.Expect(page.Locator("#approval-what")).ToContainTextAsync("stay on the server");
        await Check(scene, "09-approval-without-details");
        await page.GetByRole(AriaRole.Button, new() { Name = "Don’t allow" }).ClickAsync();

        await page.Context.SetOfflineAsync(true);
        await scene.ExpectState("You are offline. Waiting for the network");
        await Check(scene, "11-offline");
        await using (await Stall.Requests(page, "**/realtime/calls"))
        {
            await page.Context.SetOfflineAsync(false);
            await scene.ExpectState("The connection broke. Connecting again");
            await Check(scene, "12-reconnecting");
        }

        await scene.ExpectState("Connected. You can speak.");
        await page.Context.SetOfflineAsync(true);
        await Press(page, "End");
        await Assertions.Expect(page.Locator("#over-why")).ToHaveTextAsync("It is over on this page. The server could not be told, and will notice.");
        await Check(scene, "15-ended-untold");
        await page.Context.SetOfflineAsync(false);

        await Again(page);
        await using (await Stall.Requests(page, "**/realtime/calls"))
        {
            await Press(page, "Start");
            await scene.ExpectState("Connecting the call");
            await Check(scene, "04-connecting");
        }

        await scene.ExpectState("Connected. You can speak.");
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_reason_to_end(ColorScheme scheme, int width)
    {
        await using var scene = await Open(scheme, width);
        foreach (var (reason, sentence) in Ends)
        {
            await Press(scene.Page, "Start");
            await scene.ExpectState("Connected. You can speak.");
            await scene.Api.EndByServer(reason);
            await Assertions.Expect(scene.Page.Locator("#over-why")).ToHaveTextAsync(sentence);
            await Assertions.Expect(scene.Page.Locator("#over-facts")).ToContainTextAsync("hung up by the server");
            await Check(scene, $"16-ended-{reason}");
            await Again(scene.Page);
        }

        Assert.Empty(scene.Complaints);
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Every_reason_not_to_start(ColorScheme scheme, int width)
    {
        await using var scene = await Open(scheme, width);
        foreach (var (name, sentence) in new[]
        {
            ("NotAllowedError", "Allow the microphone for this page, then try again."),
            ("NotFoundError", "Connect a microphone, then try again."),
            ("NotReadableError", "The microphone does not work. Something else may use it."),
        })
        {
            await scene.Page.EvaluateAsync("name => { window.asked ??= navigator.mediaDevices.getUserMedia; navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }", name);
            await Fails(scene, sentence, $"17-{name}");
        }

        await scene.Page.EvaluateAsync("() => { navigator.mediaDevices.getUserMedia = window.asked; }");
        foreach (var (status, code, sentence) in new[]
        {
            (401, "unauthenticated", "Sign in, then try again."),
            (403, "forbidden", "You are not allowed to do this."),
            (404, "definition_not_found", "This conversation is not offered."),
            (422, "invalid_inputs", "Your details are not as they should be."),
            (429, "quota_exceeded", "There are too many conversations. Try again soon."),
            (429, "rate_limited", "That was too often. Try again soon."),
        })
        {
            scene.Api.Fail(new("/workflows", status, code, RetryAfter: "41"));
            await Fails(scene, sentence, $"18-{code}");
        }

        await scene.Page.Context.SetOfflineAsync(true);
        await Fails(scene, "You are offline. Try again soon.", "19-offline");
        await scene.Page.Context.SetOfflineAsync(false);
        await scene.Page.RouteAsync("**/v1/workflows", route => route.AbortAsync());
        await Fails(scene, "The service cannot be reached. Try again soon.", "20-unreachable");
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task A_host_without_test_users(ColorScheme scheme, int width)
    {
        await using var scene = await Open(scheme, width, testUsers: false);

        await Assertions.Expect(scene.Page.GetByLabel("Access token")).ToBeVisibleAsync();
        await Check(scene, "21-setup-with-a-token");
    }

    private Task<DemoScene> Open(ColorScheme scheme, int width, bool testUsers = true) => DemoScene.Open(
        chromium.Browser, new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = width > 500 ? 900 : 844 } }, testUsers);

    private static Task Press(IPage page, string button) => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private static Task Again(IPage page) => Press(page, "Start another");

    private static async Task Talk(DemoScene scene)
    {
        var page = scene.Page;
        await scene.Start("voice-intake");
        await scene.Play("""
            {"name":"looks-up","turns":[{"say":"Let me look that up for you.","calls":[{"name":"lookup_order","arguments":{"order_id":"A-1001"},"call_id":"call_1"}]}]}
            """);
        await scene.UserSays("Hello, where is my order A-1001?");
        var workflow = scene.Api.Workflow;
        workflow.Tell("tool_call.updated", PretendApi.ToolCall(workflow, "call_1", "lookup_order", new()
        {
            ["status"] = "completed",
            ["output"] = """{"order_id":"A-1001","status":"shipped","total_usd":129.5}""",
        }));
        scene.TellUsage(0.0417);
        await Assertions.Expect(page.Locator(".tool")).ToContainTextAsync("shipped");
        await Assertions.Expect(page.Locator(".tool")).ToContainTextAsync("A-1001");
        workflow.Tell("tool_call.updated", PretendApi.ToolCall(workflow, "call_0", "lookup_order", new() { ["status"] = "failed", ["error"] = "The tool could not be reached." }));
        await scene.Respond("""{"say":"Good news: your order has been shipped. I can also refund twenty dollars of it."}""");
        await Assertions.Expect(page.Locator(".said.assistant").Last).ToContainTextAsync("twenty dollars of it.");
    }

    private static JsonObject Soon(DemoScene scene)
    {
        var view = scene.Api.View(scene.Api.Workflow);
        view["expires_at"] = TimeProvider.System.GetUtcNow().AddSeconds(58).ToString("O");
        return view;
    }

    private static async Task Fails(DemoScene scene, string sentence, string view)
    {
        await Press(scene.Page, "Start");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(sentence, new() { Timeout = 20_000 });
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true })).ToBeFocusedAsync();
        await Check(scene, view);
    }

    private static async Task Check(DemoScene scene, string view)
    {
        var look = await scene.Page.EvaluateAsync<string>("() => (innerWidth > 500 ? 'wide-' : 'phone-') + (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')");
        await scene.Picture($"{view}-{look}");
        Assert.True(await scene.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{view} is wider than the screen");
        await scene.ExpectAccessible();
    }
}
