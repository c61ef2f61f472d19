using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Pretended;
using SessionGrains.Emulator;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>The recipes of <c>docs/browser.md</c> do what the page says.</summary>
public sealed partial class RecipeTests(Chromium chromium)
{
    [Fact]
    public async Task The_page_of_one_screen_starts_talks_and_ends()
    {
        await using var emulator = await EmulatorHost.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await using var site = await SdkPage.Start();
        await using var api = await PretendApi.Start(emulator, site.Url, SdkPage.ServeSdk);
        await using var context = await chromium.Browser.NewContextAsync();
        await Answer(context, emulator);
        var page = await context.NewPageAsync();
        var html = HtmlBlock().Match(await Doc()).Groups[1].Value.Replace("https://api.example.com", api.Url, StringComparison.Ordinal);
        site.Recipe = html;
        var complaints = new List<string>();
        page.Console += (_, line) => complaints.Add(line.Text);
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync($"{site.Url}/recipe");
        Assert.True(complaints.Count == 0, string.Join("\n", complaints));

        await page.ClickAsync("#start");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("connected", new() { Timeout = 20_000 });
        await page.ClickAsync("#end");

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("ended");
        Assert.Equal("user_ended", api.Workflow.EndReason);
    }

    [Fact]
    public async Task OpenAIs_own_transport_with_our_habits_leaves_policy_and_tools_to_the_server()
    {
        await using var emulator = await EmulatorHost.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await using var site = await TestPage.Start();
        await using var api = await PretendApi.Start(emulator, site.Url);
        await using var context = await chromium.Browser.NewContextAsync();
        await Answer(context, emulator);
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.Url);
        await page.WaitForFunctionAsync("() => window.lab");

        await page.EvaluateAsync("([api, token]) => lab.serverOwned(api, token)", new[] { api.Url, PretendApi.Token });
        await Control(emulator, $"calls/{api.Workflow.CallId}/respond", """{"calls":[{"name":"lookup_order","arguments":{"order_id":"A-1"}}]}""");
        await page.WaitForFunctionAsync("() => lab.types().includes('response.done')");

        using var http = new HttpClient();
        var ledger = JsonNode.Parse(await http.GetStringAsync(new Uri(emulator.ControlUrl, "ledger"), TestContext.Current.CancellationToken))!.AsArray();
        var sent = ledger.Where(entry => (string?)entry!["kind"] == "event.received").Select(entry => entry!["details"]!).ToList();
        Assert.Equal(["session.update"], sent.Select(details => (string?)details["type"]));
        var session = JsonNode.Parse(await http.GetStringAsync(new Uri(emulator.ControlUrl, $"calls/{api.Workflow.CallId}/session"), TestContext.Current.CancellationToken))!;
        Assert.Equal("CANARY-INSTRUCTIONS", (string?)session["instructions"]);
    }

    [Fact]
    public async Task The_class_that_is_tried_is_the_class_that_is_written_down()
    {
        var written = ServerOwnedClass().Match(await Doc()).Value;
        var tried = ServerOwnedClass().Match(await File.ReadAllTextAsync(Path.Combine(TestPage.Folder, "page.mjs"), TestContext.Current.CancellationToken)).Value;

        Assert.NotEmpty(written);
        Assert.Equal(written, tried);
    }

    private static Task<string> Doc() => File.ReadAllTextAsync(Path.Combine(SdkPage.Sources, "..", "..", "docs", "browser.md"));

    private static async Task Answer(IBrowserContext context, EmulatorHost emulator)
    {
        await context.GrantPermissionsAsync(["microphone"]);
        await Control(emulator, "settings", """{"microphone":false}""");
        var peer = await context.NewPageAsync();
        await peer.GotoAsync(new Uri(emulator.BaseUrl, "/peer").ToString());
        await Assertions.Expect(peer.Locator("#state")).ToHaveTextAsync("ready");
    }

    private static async Task Control(EmulatorHost emulator, string path, string body)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(emulator.ControlUrl, path), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("```html\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex HtmlBlock();

    [GeneratedRegex("class ServerOwned .*?\n}\n", RegexOptions.Singleline)]
    private static partial Regex ServerOwnedClass();
}
