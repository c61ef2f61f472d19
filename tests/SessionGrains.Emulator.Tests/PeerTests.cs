using System.Net;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>The protocol between the emulator and the page that answers its calls, spoken by a test in the page's place.</summary>
public sealed class PeerTests
{
    [Fact]
    public async Task The_page_and_its_script_are_served()
    {
        await using var lab = await Lab.Start();

        var page = await lab.Send(HttpMethod.Get, new Uri(lab.BaseUrl, "/peer"));
        var script = await lab.Send(HttpMethod.Get, new Uri(lab.BaseUrl, "/peer.js"));

        Assert.Contains("/peer.js", page.Text, StringComparison.Ordinal);
        Assert.Equal("text/javascript; charset=utf-8", script.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData(null)]
    public async Task A_page_of_another_origin_cannot_answer_calls(string? origin)
    {
        await using var lab = await Lab.Start();

        Assert.Equal(403, await Wire.Refused(() => Connect(lab, origin)));
    }

    [Fact]
    public async Task The_page_answers_and_the_browsers_events_pass_through_it()
    {
        await using var lab = await Lab.Start();
        await using var peer = await Ready(lab);

        var calling = lab.CallWithKey();
        var offer = await peer.Until("offer");
        var callId = (string)offer["call_id"]!;
        await peer.Send(new JsonObject { ["type"] = "answer", ["call_id"] = callId, ["sdp"] = "v=0 from the page" });
        var reply = await calling;
        await peer.Send(new JsonObject { ["type"] = "opened", ["call_id"] = callId });
        var greeting = await peer.Until("event");
        await peer.Send(new JsonObject { ["type"] = "event", ["call_id"] = callId, ["event"] = Events.Respond().ToJsonString() });
        var spoken = await peer.Until("speak");
        await lab.HangUp(callId);
        await peer.Until("close");

        Assert.Equal(Lab.Offer.Trim(), ((string)offer["sdp"]!).Trim());
        Assert.Equal("v=0 from the page", reply.Text);
        Assert.Equal("session.created", (string?)JsonNode.Parse((string)greeting["event"]!)!["type"]);
        Assert.True((int)spoken["ms"]! > 0);
    }

    [Theory]
    [InlineData("speech", """{"transcript":"Where is my order?"}""", "input_audio_buffer.speech_started")]
    [InlineData("respond", """{"say":"Hello."}""", "response.created")]
    public async Task What_is_said_before_the_browsers_channel_is_open_waits_for_it(string part, string body, string first)
    {
        await using var lab = await Lab.Start();
        await using var peer = await Ready(lab);
        var callId = await Answered(lab, peer);

        var saying = lab.Control(HttpMethod.Post, $"calls/{callId}/{part}", JsonNode.Parse(body)!.AsObject());
        // Long enough for one that does not wait.
        for (var i = 0; i < 50 && !saying.IsCompleted; i++)
        {
            await lab.Control(HttpMethod.Get, "peers");
        }

        await peer.Send(new JsonObject { ["type"] = "opened", ["call_id"] = callId });

        Assert.Equal(HttpStatusCode.NoContent, (await saying).Status);
        Assert.Equal("session.created", await Heard());
        Assert.Equal(first, await Heard());

        async Task<string?> Heard() => (string?)JsonNode.Parse((string)(await peer.Until("event"))["event"]!)!["type"];
    }

    [Fact]
    public async Task A_page_that_cannot_answer_leaves_the_call_silent()
    {
        await using var lab = await Lab.Start();
        await using var peer = await Ready(lab);

        var calling = lab.CallWithKey();
        var callId = (string)(await peer.Until("offer"))["call_id"]!;
        await peer.Send(new JsonObject { ["type"] = "failed", ["call_id"] = callId });
        var reply = await calling;

        Assert.Equal(HttpStatusCode.Created, reply.Status);
        Assert.Contains("a=ice-lite", reply.Text, StringComparison.Ordinal);
        Assert.Equal("silence", (string?)(await lab.Ledger("call.created")).Single()["details"]!["answered_by"]);
    }

    [Fact]
    public async Task When_the_page_goes_its_calls_end()
    {
        await using var lab = await Lab.Start();
        var peer = await Ready(lab);
        var callId = await Answered(lab, peer);

        await peer.DisposeAsync();

        Assert.Equal("peer_left", (string?)(await lab.Eventually("call.ended"))["details"]!["reason"]);
        Assert.Equal(HttpStatusCode.Created, (await lab.CallWithKey()).Status);
    }

    [Fact]
    public async Task Speech_is_taken_from_the_page_unless_the_microphone_is_switched_off()
    {
        await using var lab = await Lab.Start();
        await using var peer = await Ready(lab);
        var callId = await Answered(lab, peer);
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Settings(new JsonObject { ["microphone"] = false });
        await peer.Send(new JsonObject { ["type"] = "speech_started", ["call_id"] = callId });
        await peer.Send(new JsonObject { ["type"] = "event", ["call_id"] = callId, ["event"] = Events.Update("""{"type":"realtime"}""").ToJsonString() });
        await sideband.Until("session.updated");
        await lab.Settings(new JsonObject { ["microphone"] = true });
        await peer.Send(new JsonObject { ["type"] = "speech_started", ["call_id"] = callId });
        await peer.Send(new JsonObject { ["type"] = "speech_stopped", ["call_id"] = callId, ["ms"] = 900 });
        var stopped = await sideband.Until("input_audio_buffer.speech_stopped");

        Assert.Equal(900, (int)stopped["audio_end_ms"]!);
        Assert.Single(sideband.Seen, e => (string?)e["type"] == "input_audio_buffer.speech_started");
    }

    /// <summary>A call that the page has answered.</summary>
    private static async Task<string> Answered(Lab lab, Wire peer)
    {
        var calling = lab.CallWithKey();
        var callId = (string)(await peer.Until("offer"))["call_id"]!;
        await peer.Send(new JsonObject { ["type"] = "answer", ["call_id"] = callId, ["sdp"] = "v=0" });
        await calling;
        return callId;
    }

    private static async Task<Wire> Ready(Lab lab)
    {
        var peer = await Connect(lab, lab.BaseUrl.GetLeftPart(UriPartial.Authority));
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while ((int)(await lab.Control(HttpMethod.Get, "peers")).Json["count"]! == 0)
        {
            await knock.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return peer;
    }

    private static Task<Wire> Connect(Lab lab, string? origin) => Wire.Open(lab, "../_emulator/peer", ws =>
    {
        if (origin is not null)
        {
            ws.Options.SetRequestHeader("Origin", origin);
        }
    });
}
