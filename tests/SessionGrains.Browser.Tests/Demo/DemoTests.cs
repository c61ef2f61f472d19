using System.Globalization;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>The demo page, used as a person uses it.</summary>
public sealed class DemoTests(CautiousChromium chromium)
{
    [Fact]
    public async Task A_click_is_enough_for_sound_in_a_browser_that_wants_one()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        await scene.Page.AddInitScriptAsync("const Plain = RTCPeerConnection; window.RTCPeerConnection = class extends Plain { constructor(...a) { super(...a); window.connection = this; } };");
        await scene.Page.GotoAsync(scene.Api.Url);

        // Playwright's own questions count as a person's touch, so these are asked without.
        var untouched = await scene.Page.Context.NewCDPSessionAsync(scene.Page);
        await Until("document.querySelectorAll('.choice').length === 3");
        Assert.Equal("suspended", await Ask("new AudioContext().state"));
        var place = (await Ask("(({ x, y }) => `${x + 9} ${y + 9}`)(document.getElementById('start').getBoundingClientRect())")).Split(' ');
        await scene.Page.Mouse.ClickAsync(float.Parse(place[0], CultureInfo.InvariantCulture), float.Parse(place[1], CultureInfo.InvariantCulture));
        await Until("document.getElementById('state').textContent.startsWith('Connected')");
        await scene.Respond("""{"say":"Can you hear me at all over there, my friend?"}""");

        await Until("window.connection.getStats().then((all) => [...all.values()].some((s) => s.type === 'inbound-rtp' && s.totalAudioEnergy > 0.0001))");
        Assert.Empty(scene.Complaints);

        async Task<string> Ask(string expression)
        {
            var answer = await untouched.SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true, ["userGesture"] = false });
            return answer!.Value.GetProperty("result").GetProperty("value").ToString();
        }

        async Task Until(string expression)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (await Ask(expression) is not "True")
            {
                await knock.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    [Fact]
    public async Task It_can_be_used_without_a_mouse()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        var keys = scene.Page.Keyboard;

        await scene.Page.FocusAsync("#user");
        await keys.PressAsync("Tab");
        await Assertions.Expect(scene.Page.Locator("#input-customer")).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Radio, new() { Name = "sealed-intake" })).ToBeCheckedAsync();
        await keys.PressAsync("ArrowDown");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Radio, new() { Name = "voice-intake" })).ToBeCheckedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Enter");
        await scene.ExpectState("Connected. You can speak.");
        await Assertions.Expect(scene.Page.Locator("#state-title")).ToBeFocusedAsync();

        await keys.PressAsync("Tab");
        await keys.PressAsync("Space");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Mute", Pressed = true })).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Enter");

        await Assertions.Expect(scene.Page.Locator("#over-title")).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Enter");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_refusal_is_said_in_words_and_another_start_is_possible()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        scene.Api.Fail(new("/workflows", 403, "forbidden"));

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("You are not allowed to do this.");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToBeFocusedAsync();
        await scene.Start();
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
    }

    [Fact]
    public async Task An_approval_without_details_is_honest_about_it_and_a_no_is_a_no()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        await scene.Start("sealed-intake");

        scene.AskApproval("call_5", arguments: null);
        await Assertions.Expect(scene.Page.Locator("#approval-what")).ToContainTextAsync("stay on the server");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Don’t allow" }).ClickAsync();

        await Assertions.Expect(scene.Page.Locator(".tool")).ToContainTextAsync("not allowed");
        Assert.Equal("deny", (string?)scene.Api.SeenAt("/approval").Single().Json["decision"]);
    }
    [Fact]
    public async Task A_call_that_waits_for_an_operator_is_shown_as_that_and_the_person_is_not_asked()
    {
        await using var scene = await DemoScene.Open(chromium.Browser);
        await scene.Start("sealed-intake");

        scene.AskApproval("call_5", arguments: null, approver: "operator");

        await Assertions.Expect(scene.Page.Locator(".tool")).ToContainTextAsync("waits for an operator’s approval");
        await Assertions.Expect(scene.Page.Locator("#approval")).ToBeHiddenAsync();
    }
}
