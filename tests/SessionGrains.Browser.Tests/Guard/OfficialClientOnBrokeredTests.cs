using System.Text.Json.Nodes;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>OpenAI's own browser client, used as its tutorial says, against a brokered workflow: it overwrites the session and answers tools itself, and does not win.</summary>
[Collection(OneLocalHost.Name)]
public sealed class OfficialClientOnBrokeredTests(Chromium chromium, LocalHost host)
{
    [Fact]
    public async Task Its_instructions_tools_and_answers_do_not_stick_and_it_goes_on_working()
    {
        await using var client = await OfficialClient.Open(chromium, host, "voice-intake");
        var (page, call) = (client.Page, client.Call);

        // It did overwrite them, and they are the policy's again.
        await Until.True(async () => (await host.Received("browser", "session.update", call)).Any(update => (string?)update["session"]!["instructions"] == "Be brief."), "the client's own instructions");
        await Until.True(async () => await host.Session(call) is var session
            && ((string)session["instructions"]!).StartsWith("You take the intake call of customer C-17", StringComparison.Ordinal)
            && session["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).Order().SequenceEqual(["issue_refund", "lookup_order"]), "the policy's session");

        await host.Control($"calls/{call}/respond", JsonNode.Parse("""{"calls":[{"name":"lookup_order","arguments":{"order_id":"42"},"call_id":"call_guarded"}]}""")!);

        await Until.True(async () => (await host.Received("browser", "conversation.item.create", call)).Any(create => ((string?)create["item"]!["output"])?.Contains("not found", StringComparison.Ordinal) is true), "the client's own answer");
        await Until.True(async () => (await host.Received("sideband", "conversation.item.create", call)).Any(create => ((string?)create["item"]!["output"])?.Contains("bicycle", StringComparison.Ordinal) is true), "the server's answer");
        await Until.True(async () => (await host.Received("sideband", "conversation.item.delete", call)).Count > 0, "the forged answer's removal");
        await client.Until("() => lab.transcripts().length > 0");

        Assert.Equal("connected", await page.EvaluateAsync<string>("() => lab.state.connection.at(-1)"));
        Assert.Empty(await page.EvaluateAsync<string[]>("() => lab.state.toolCalls"));
        var view = await client.Record();
        Assert.Equal(("active", "full", 1), ((string?)view["status"], (string?)view["control"], (int)view["usage"]!["tool_calls"]!));
        Assert.StartsWith("You take the intake call", (string)(await host.Session(call))["instructions"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_guard_ends_its_first_change_ends_the_workflow_and_hangs_up()
    {
        await using var client = await OfficialClient.Open(chromium, host, "guard-end");

        await client.Until("() => lab.state.connection.at(-1) === 'disconnected'");

        await Until.True(async () => (string?)(await client.Record())["status"] == "ended", "the end of the workflow");
        var ended = await client.Record();
        Assert.Equal(("policy_violation", "confirmed"), ((string?)ended["end_reason"], (string?)ended["hangup"]));
        Assert.Contains(await host.Ledger("call.hangup"), entry => (string?)entry["call_id"] == client.Call && (int)entry["status"]! == 200);
        Assert.Equal("hung_up", (string?)(await host.Ledger("call.ended")).Single(entry => (string?)entry["call_id"] == client.Call)["details"]!["reason"]);
    }

    [Fact]
    public async Task Where_the_guard_warns_its_change_stays_and_is_written_down()
    {
        await using var client = await OfficialClient.Open(chromium, host, "guard-warn");
        // The server sets the session once at first; what changes after that is the client's, which begins by itself.
        await Until.True(async () => (await host.Received("sideband", "session.update", client.Call)).Count > 0, "the server's own update");

        await client.Page.EvaluateAsync("() => lab.state.transport.updateSessionConfig({ instructions: 'Be brief.' })");

        await Until.True(
            async () => (await client.Record())["timeline"]!.AsArray().Any(entry => (string?)entry!["kind"] == "guard_warned" && ((string)entry["detail"]!).Contains("$.instructions", StringComparison.Ordinal)),
            "a warning about the instructions");
        await Until.True(async () => (string?)(await host.Session(client.Call))["instructions"] == "Be brief.", "the client's own instructions");

        await host.Control($"calls/{client.Call}/respond", JsonNode.Parse("""{"say":"Very well."}""")!);
        await client.Until("() => lab.transcripts().includes('Very well.')");
        Assert.Equal("Be brief.", (string?)(await host.Session(client.Call))["instructions"]);
        Assert.DoesNotContain((await client.Record())["timeline"]!.AsArray(), entry => (string?)entry!["kind"] == "guard_reverted");
        Assert.Equal("active", (string?)(await client.Record())["status"]);
        Assert.Equal("connected", await client.Page.EvaluateAsync<string>("() => lab.state.connection.at(-1)"));
    }
}
