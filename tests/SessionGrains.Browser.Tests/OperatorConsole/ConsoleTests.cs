using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.OperatorConsole;

/// <summary>The operators' console, used as an operator uses it.</summary>
[Collection(OneLocalHost.Name)]
public sealed class ConsoleTests(Chromium chromium, LocalHost host)
{
    [Fact]
    public async Task An_operator_signs_in_finds_a_workflow_revokes_it_and_sees_it_end()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, _, token) = await scene.Start("ada-console");
        await scene.SignIn();

        await scene.Page.GetByLabel("Owner").FillAsync("ada-console");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await scene.Page.GetByRole(AriaRole.Link, new() { Name = id }).ClickAsync();
        await scene.Sees(id);
        await scene.Shows("waiting for its call");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke…" }).ClickAsync();
        await scene.Confirm("Revoke", "reported for abuse");

        await scene.Shows("ended: revoked");
        await scene.Shows("reported for abuse");
        await scene.Shows("by olga");
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke…" })).ToBeHiddenAsync();
        Assert.Equal("revoked", (string?)(await scene.Get($"/v1/workflows/{id}", token))["end_reason"]);
    }

    [Fact]
    public async Task The_list_follows_what_happens_and_leaves_the_keyboard_where_it_is()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (first, _, token) = await scene.Start("grace-console");
        await scene.SignIn();
        await scene.Go("workflows?status=live&owner=grace-console");
        var link = scene.Page.GetByRole(AriaRole.Link, new() { Name = first });
        await link.FocusAsync();

        var (second, _, _) = await scene.Start("grace-console");
        await scene.Shows(second);
        await Assertions.Expect(link).ToBeFocusedAsync();

        await host.Post($"/v1/workflows/{first}/end", "{}", token);
        await Assertions.Expect(link).ToHaveCountAsync(0, new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task Ending_many_says_how_many_and_keeps_new_ones_out_until_it_is_lifted()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.Start("linus-console");
        await scene.Start("linus-console");
        var token = await host.Token("linus-console");
        await scene.SignIn();
        await scene.Go("workflows?status=live&owner=linus-console");

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "End many…" }).ClickAsync();
        await scene.Page.GetByLabel("Block new starts for").SelectOptionAsync("900");
        await scene.Confirm("End them all", "stolen token");

        await Assertions.Expect(scene.Page.Locator("#done")).ToHaveTextAsync("2 of 2 were ended.");
        await scene.Shows("There is none.");
        await scene.Shows("owner linus-console, until");
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => scene.Start("linus-console"));
        Assert.Contains("blocked", refused.Message, StringComparison.Ordinal);

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Allow again" }).ClickAsync();
        await Assertions.Expect(scene.Page.GetByText("May not start now")).ToHaveCountAsync(0);
        await scene.Start("linus-console");
        Assert.NotEmpty(token);
    }

    [Fact]
    public async Task Ending_many_of_an_owner_can_be_kept_to_the_tenant_that_the_list_is_filtered_by()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (here, _, _) = await scene.Start("ken-console", tenant: "acme");
        var (there, _, token) = await scene.Start("ken-console", tenant: "globex");
        await scene.SignIn();
        await scene.Go("workflows?status=live&owner=ken-console&tenant=acme");
        await scene.Shows(here);

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "End many…" }).ClickAsync();
        await Assertions.Expect(scene.Page.GetByLabel("Only in the tenant")).ToHaveValueAsync("acme");
        await scene.Page.Locator("[name=kind]").SelectOptionAsync("definition");
        await Assertions.Expect(scene.Page.GetByLabel("Only in the tenant")).ToBeHiddenAsync();
        await scene.Page.Locator("[name=kind]").SelectOptionAsync("owner");
        await scene.Confirm("End them all", "left the company");

        await Assertions.Expect(scene.Page.Locator("#done")).ToHaveTextAsync("1 of 1 were ended.");
        Assert.Equal("ready", (string?)(await scene.Get($"/v1/workflows/{there}", token))["status"]);
    }

    [Fact]
    public async Task What_could_not_be_ended_is_said_until_the_operator_goes_on()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.Start("edsger-console");
        await scene.SignIn();
        await scene.Page.RouteAsync("**/v1/admin/revocations", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """{"id":"op_1","matched":5,"revoked":3,"failed":2,"is_complete":false,"blocked_until":null,"object":"revocation"}""",
        }));
        await scene.Go("workflows?status=live&owner=edsger-console");

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "End many…" }).ClickAsync();
        await scene.Confirm("End them all", "stolen token");
        var (another, _, _) = await scene.Start("edsger-console");
        await scene.Shows(another);

        await Assertions.Expect(scene.Page.Locator("#trouble")).ToHaveTextAsync("Not all could be reached: do it again.");
        await Assertions.Expect(scene.Page.Locator("#done")).ToHaveTextAsync("3 of 5 were ended.");
        await scene.LooksRight("not-all");
        await scene.Go("audit");
        await Assertions.Expect(scene.Page.Locator("#trouble")).ToBeEmptyAsync();
    }

    [Theory]
    [InlineData(503)]
    [InlineData(502)]
    public async Task A_list_that_was_refused_for_a_moment_follows_again_by_itself(int status)
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, _, _) = await scene.Start("barbara-console");
        await scene.SignIn();
        var refused = 0;
        await scene.Page.RouteAsync("**/v1/admin/workflows?*barbara-console*", route =>
            Interlocked.Increment(ref refused) <= 4 ? route.FulfillAsync(new() { Status = status, ContentType = "text/html", Body = "<h1>Bad Gateway</h1>" }) : route.ContinueAsync());

        await scene.Page.GotoAsync(new Uri(host.Url, "/console#/workflows?status=live&owner=barbara-console").ToString());
        await Assertions.Expect(scene.Page.Locator("#lost")).ToContainTextAsync("The connection is lost");
        await scene.LooksRight("lost");

        await scene.Shows(id);
        await Assertions.Expect(scene.Page.Locator("#lost")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task A_workflow_that_is_not_there_is_said_to_be_so_and_no_connection_is_called_lost()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.SignIn();

        await scene.Go("workflows/wf_00000000000000000000000000");

        await scene.Shows("There is no such workflow.");
        await Assertions.Expect(scene.Page.Locator("#lost")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task What_lives_gets_older_while_it_is_looked_at_and_the_way_to_the_content_leads_nowhere_else()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, _, _) = await scene.Start("alan-console");
        await scene.SignIn();
        await scene.Go($"workflows/{id}");
        var age = scene.Page.Locator("[data-since]");
        await Assertions.Expect(age).Not.ToHaveTextAsync(await age.InnerTextAsync());

        await scene.Page.GetByText("Skip to content").FocusAsync();
        await scene.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(scene.Page.Locator("#view")).ToBeFocusedAsync();
        await scene.Sees(id);
    }

    [Fact]
    public async Task A_tool_call_waits_for_an_operator_who_sees_what_it_would_do()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, secret, token) = await scene.Start("ada-refund", "direct-asks-operator");
        await scene.Call(id, secret, token);
        var relayed = await scene.Relay(id, "call_refund", "issue_refund", """{"order_id":"A-1001","amount_usd":12.5}""", token);
        var seen = await scene.Get($"/v1/workflows/{id}/tool_calls/call_refund", token);
        Assert.All([relayed, seen], call => Assert.Equal(("pending_approval", "operator", null), ((string?)call["status"], (string?)call["approver"], (string?)call["arguments"])));
        await scene.SignIn();
        await scene.Go($"workflows/{id}");

        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Heading, new() { Name = "issue_refund waits for a yes" })).ToBeVisibleAsync();
        await scene.Shows("\"amount_usd\":12.5");
        await scene.LooksRight("approval");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Allow", Exact = true }).ClickAsync();

        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Heading, new() { Name = "issue_refund waits for a yes" })).ToHaveCountAsync(0, new() { Timeout = 30_000 });
        await Until.True(async () => (string?)(await scene.Get($"/v1/workflows/{id}/tool_calls/call_refund", token))["status"] is "completed" or "failed", "the refund's outcome");
    }

    [Fact]
    public async Task A_tool_call_that_waits_for_its_user_is_seen_and_not_an_operators_to_decide()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, secret, token) = await scene.Start("ada-own-refund", "direct-intake");
        await scene.Call(id, secret, token);
        var relayed = await scene.Relay(id, "call_refund", "issue_refund", """{"order_id":"A-1001","amount_usd":12.5}""", token);
        Assert.Equal("user", (string?)relayed["approver"]);
        await scene.SignIn();
        await scene.Go($"workflows/{id}");

        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Heading, new() { Name = "issue_refund waits for its user’s yes" })).ToBeVisibleAsync();
        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Button, new() { Name = "Allow", Exact = true })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_dry_run_says_rule_by_rule_why_and_starts_nothing()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.SignIn();
        await scene.Page.GetByRole(AriaRole.Link, new() { Name = "Definitions" }).ClickAsync();
        await scene.Page.GetByRole(AriaRole.Link, new() { Name = "sealed-intake" }).ClickAsync();
        await scene.Sees("sealed-intake");

        await scene.Page.GetByLabel("Claims of the caller’s token").FillAsync("""{"sub":"ada"}""");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Try" }).ClickAsync();
        await scene.Shows("It would be refused.");
        await scene.Shows("allow.scopes");

        await scene.Page.GetByLabel("Claims of the caller’s token").FillAsync("""{"sub":"ada","scope":"voice.start"}""");
        await scene.Page.GetByLabel("Inputs").FillAsync("""{"customer":"C-17"}""");
        var text = await scene.Page.GetByLabel("Definition; edit it").InputValueAsync();
        await scene.Page.GetByLabel("Definition; edit it").FillAsync(text.Replace("1024", "512", StringComparison.Ordinal));
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Try" }).ClickAsync();
        await scene.Shows("It would start.");
        await scene.Shows("max_output_tokens");
        await scene.LooksRight("dry-run");

        await scene.Page.GetByLabel("Inputs").FillAsync("not json");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Try" }).ClickAsync();
        await scene.Shows("The inputs must be JSON.");
    }

    [Fact]
    public async Task A_webhook_that_cannot_be_delivered_is_seen_with_its_reason_and_sent_again()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (id, _, token) = await scene.Start("ada-webhook");
        await host.Post($"/v1/workflows/{id}/end", "{}", token);
        await scene.SignIn();
        await scene.Go($"webhooks?workflow={id}");
        await scene.Shows("workflow.ended");
        await scene.Shows("ConnectionError");
        await scene.LooksRight("webhooks");

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = $"Send again… workflow.ended of {id} to crm" }).ClickAsync();
        await scene.Confirm("Send again", "the receiver is back");

        await scene.Go("audit");
        await scene.Shows("the receiver is back");
    }

    [Fact]
    public async Task Orleans_own_dashboard_is_behind_the_same_door()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.Start("ada-dashboard");
        await scene.SignIn();

        await scene.Page.GotoAsync(new Uri(host.Url, "/console/orleans").ToString());

        await Assertions.Expect(scene.Page.Locator("body")).ToContainTextAsync("Methods with Most Calls", new() { Timeout = 30_000 });
        await Pictures.Take(scene.Page, "console-orleans");
    }

    [Fact]
    public async Task Whoever_is_no_operator_is_told_so_and_gets_no_page()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.Page.GotoAsync(new Uri(host.Url, "/sign-in").ToString());
        await scene.Page.GetByLabel("Access token").FillAsync(await host.Token("ada"));
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        await Assertions.Expect(scene.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This address is for operators.");
        await scene.LooksRight("refused");
        await scene.Page.GotoAsync(new Uri(host.Url, "/console").ToString());
        await Assertions.Expect(scene.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in$"));
    }

    [Fact]
    public async Task Signing_out_closes_the_console()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        await scene.SignIn();

        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Assertions.Expect(scene.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in$"));
        Assert.Empty(await scene.Page.Context.CookiesAsync());
        Assert.Equal("0 0", await scene.Page.EvaluateAsync<string>("`${localStorage.length} ${sessionStorage.length}`"));
    }

    [Fact]
    public async Task Every_place_can_be_read_by_everybody()
    {
        await using var scene = await ConsoleScene.Open(chromium, host);
        var (ended, _, token) = await scene.Start("olivia-console");
        await host.Post($"/v1/workflows/{ended}/end", """{"reason_detail":"enough for today"}""", token);
        var (live, _, _) = await scene.Start("olivia-console");
        await scene.Page.GotoAsync(new Uri(host.Url, "/sign-in").ToString());
        await scene.LooksRight("sign-in");
        await scene.SignIn();

        await scene.Go("workflows?status=&owner=");
        await scene.Shows(live);
        await scene.LooksRight("workflows");
        await scene.Page.GetByRole(AriaRole.Button, new() { Name = "End many…" }).ClickAsync();
        await scene.LooksRight("end-many");
        await scene.Page.Keyboard.PressAsync("Escape");
        await scene.Go($"workflows/{ended}");
        await scene.Shows("enough for today");
        await scene.LooksRight("workflow");
        await scene.Go("definitions");
        await scene.Shows("sealed-intake");
        await scene.LooksRight("definitions");
        await scene.Go("audit");
        await scene.Shows(ended);
        await scene.LooksRight("audit");
        await scene.Go("cluster");
        await scene.Shows("active");
        await scene.LooksRight("cluster");
    }
}
