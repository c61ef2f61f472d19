using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>Attaching to a call: who may, what is heard there, and how it ends.</summary>
public sealed class SidebandTests
{
    [Fact]
    public async Task A_sideband_is_silent_until_it_speaks()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Update("""{"type":"realtime","instructions":"New."}"""));
        var updated = await sideband.Until("session.updated");

        Assert.Equal(["session.updated"], sideband.TypesSeen);
        Assert.Equal("New.", updated["session"]!["instructions"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_unknown_call_cannot_be_attached_to()
    {
        await using var lab = await Lab.Start();

        Assert.Equal(404, await Wire.Refused(() => Wire.Sideband(lab, "rtc_u1_nobody")));
        Assert.Equal("call_id_not_found", (await lab.Ledger("request.refused")).Single()["details"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Only_what_created_a_call_attaches_to_it_until_the_coupling_is_loosened()
    {
        await using var lab = await Lab.Start(new EmulatorOptions { ApiKeys = { "sk-other" } });
        var secret = await lab.MintValue();
        var callId = (await lab.CallWithSecret(secret)).CallId;

        Assert.Equal(404, await Wire.Refused(() => Wire.Sideband(lab, callId)));
        Assert.Equal(401, await Wire.Refused(() => Wire.Sideband(lab, callId, "sk-nobody")));
        await using var own = await Wire.Sideband(lab, callId, secret);
        await lab.Settings(new JsonObject { ["sideband_keys"] = "any_project" });
        await using var other = await Wire.Sideband(lab, callId, "sk-other");

        Assert.Equal(2, (await lab.Ledger("sideband.attached")).Count);
    }

    [Fact]
    public async Task A_call_may_not_be_attachable_at_once()
    {
        await using var lab = await Lab.Start();
        await lab.Settings(new JsonObject { ["attach_404_seconds"] = 5 });
        var callId = await lab.CreateCall();

        Assert.Equal(404, await Wire.Refused(() => Wire.Sideband(lab, callId)));
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 6 });
        await using var sideband = await Wire.Sideband(lab, callId);

        Assert.Single(await lab.Ledger("sideband.attached"));
    }

    [Fact]
    public async Task Closing_the_sideband_ends_nothing()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        var sideband = await Wire.Sideband(lab, callId);
        await sideband.DisposeAsync();
        await lab.Eventually("sideband.detached");

        await using var again = await Wire.Sideband(lab, callId);
        await again.Send(Events.Update("""{"type":"realtime"}"""));

        await again.Until("session.updated");
        Assert.Empty(await lab.Ledger("call.ended"));
    }

    [Fact]
    public async Task A_hang_up_closes_the_sideband()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.HangUp(callId);
        await sideband.UntilOver();

        Assert.Equal(WebSocketCloseStatus.NormalClosure, sideband.CloseCode);
        Assert.Equal(404, await Wire.Refused(() => Wire.Sideband(lab, callId)));
    }

    [Fact]
    public async Task After_sixty_minutes_it_is_told_and_closed()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 3601 });
        await sideband.UntilOver();

        Assert.Equal("session_expired", sideband.Seen.Single()["error"]!["code"]!.GetValue<string>());
        Assert.Equal((WebSocketCloseStatus)1001, sideband.CloseCode);
        Assert.Equal("Your session hit the maximum duration of 60 minutes.", sideband.CloseText);
    }

    [Fact]
    public async Task The_browsers_changes_are_seen_on_the_sideband_and_take_effect()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall(JsonNode.Parse("""{"type":"realtime","instructions":"Server policy."}""")!.AsObject());
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/browser_events", Events.Update("""{"type":"realtime","instructions":"Mine now."}"""));

        Assert.Equal("Mine now.", (await sideband.Until("session.updated"))["session"]!["instructions"]!.GetValue<string>());
        Assert.Equal("browser", (await lab.Ledger("event.received")).Single()["details"]!["from"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_sealed_call_gives_the_browser_no_way_in()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall(offer: Lab.AudioOffer);

        var reply = await lab.Control(HttpMethod.Post, $"calls/{callId}/browser_events", Events.Update("""{"type":"realtime","instructions":"Mine now."}"""));

        Assert.Equal(409, (int)reply.Status);
        Assert.Empty(await lab.Ledger("event.received"));
    }

    [Theory]
    [InlineData("""{"code":1001,"reason":"rotated"}""", 1001)]
    [InlineData("""{}""", null)]
    public async Task Sidebands_are_cut_on_demand_and_the_call_goes_on(string body, int? code)
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/sidebands/close", JsonNode.Parse(body));
        await sideband.UntilOver();

        Assert.Equal(code, (int?)sideband.CloseCode);
        Assert.Single((await lab.Control(HttpMethod.Get, "calls")).Array);
    }

    [Theory]
    [InlineData("""{"endpoint":"sideband","status":404,"code":"call_id_not_found"}""", 404)]
    [InlineData("""{"endpoint":"sideband","status":503}""", 503)]
    public async Task Faults_hit_the_handshake(string fault, int status)
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await lab.Fault(JsonNode.Parse(fault)!.AsObject());

        Assert.Equal(status, await Wire.Refused(() => Wire.Sideband(lab, callId)));
        await using var second = await Wire.Sideband(lab, callId);
    }

    [Fact]
    public async Task A_socket_may_send_each_event_twice()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await lab.Fault(JsonNode.Parse("""{"endpoint":"sideband","duplicate_events":true}""")!.AsObject());
        await using var sideband = await Wire.Sideband(lab, callId);

        await sideband.Send(Events.Update("""{"type":"realtime"}"""));
        var (first, second) = (await sideband.Until("session.updated"), await sideband.Until("session.updated"));

        Assert.Equal(first["event_id"]!.GetValue<string>(), second["event_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_socket_may_vanish_or_fall_silent_after_some_events()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await lab.Fault(JsonNode.Parse("""{"endpoint":"sideband","abort_after_events":1}""")!.AsObject());
        await using var vanishing = await Wire.Sideband(lab, callId);
        await lab.Fault(JsonNode.Parse("""{"endpoint":"sideband","silent_after_events":1}""")!.AsObject());
        await using var silent = await Wire.Sideband(lab, callId);
        await using var witness = await Wire.Sideband(lab, callId);

        await witness.Send(Events.Update("""{"type":"realtime"}"""));
        await vanishing.Until("session.updated");
        await witness.Until("session.updated");
        await witness.Send(Events.Update("""{"type":"realtime"}"""));
        await witness.Until("session.updated");
        await vanishing.UntilOver();
        await lab.Control(HttpMethod.Post, $"calls/{callId}/end");
        await silent.UntilOver();

        Assert.Null(vanishing.CloseCode);
        Assert.Single(vanishing.Seen);
        Assert.Single(silent.Seen);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, silent.CloseCode);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_is_dropped()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        using var deaf = new ClientWebSocket();
        deaf.Options.SetRequestHeader("Authorization", $"Bearer {Lab.Key}");
        await deaf.ConnectAsync(new UriBuilder(lab.Api($"realtime?call_id={callId}")) { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);

        await lab.HangUp(callId);

        Assert.Null((await lab.Eventually("sideband.detached"))["details"]!["close_code"]);
    }

    [Fact]
    public async Task Any_event_can_be_injected()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/events", JsonNode.Parse("""{"type":"response.dreamed","event_id":"event_x","of":"sheep"}"""));

        Assert.Equal("sheep", (await sideband.Until("response.dreamed"))["of"]!.GetValue<string>());
    }
}
