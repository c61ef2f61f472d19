using System.Text.Json.Nodes;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>A whole conversation in each mode, over real WebRTC.</summary>
public sealed class ModeTests(Chromium chromium)
{
    [Theory]
    [InlineData("sealed-intake")]
    [InlineData("voice-intake")]
    [InlineData("direct-intake")]
    public async Task Sound_goes_both_ways_and_the_end_is_the_servers_hang_up(string definition)
    {
        await using var scene = await SdkScene.Open(chromium);

        await scene.Start(definition);
        await scene.Respond("""{"say":"Can you hear me at all over there?"}""");
        await scene.Until("async () => { const { heard, sent } = await lab.sound(); return heard > 0.0001 && sent > 10; }");
        await scene.Browser.EvaluateAsync("() => lab.workflow.end()");

        Assert.Equal(["requesting_microphone", "starting", "connecting", "connected", "ending", "ended"], await scene.States());
        Assert.Equal(["hung_up"], await scene.EndsOfCalls());
        Assert.Equal("user_ended", (string?)(await scene.Told("ended")).Single()!["end_reason"]);
        Assert.Empty(await scene.Told("error"));
        await scene.Until("() => lab.isReleased()");
    }

    [Theory]
    [InlineData("sealed-intake", false)]
    [InlineData("voice-intake", true)]
    [InlineData("direct-intake", true)]
    public async Task Only_a_sealed_offer_has_no_data_channel(string definition, bool hasChannel)
    {
        await using var scene = await SdkScene.Open(chromium);

        await scene.Start(definition);

        var offer = await scene.Browser.EvaluateAsync<string>("() => lab.live.connections[0].localDescription.sdp");
        Assert.Equal(hasChannel, offer.Contains("m=application", StringComparison.Ordinal));
        Assert.DoesNotContain("m=video", offer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_client_secret_mode_the_call_is_reported_even_when_the_first_reply_is_lost()
    {
        await using var scene = await SdkScene.Open(chromium);
        scene.Api.Fail(new("/call", 0, Act: true));

        await scene.Start("direct-intake");

        var created = (string)(await scene.Ledger("call.created")).Single()["call_id"]!;
        Assert.All(scene.Api.SeenAt("/call"), report => Assert.Equal(created, (string?)report.Json["call_id"]));
        Assert.Equal(2, scene.Api.SeenAt("/call").Count);
        await scene.Until("() => lab.workflow.workflow.status === 'active'");
    }

    [Fact]
    public async Task Captions_come_from_the_data_channel_where_there_is_one()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("voice-intake");

        await scene.Control($"calls/{scene.Api.Workflow.CallId}/speech", new JsonObject { ["transcript"] = "Where is my order?" });
        await scene.Until("() => lab.of('transcript').some(t => t.final && t.role === 'user' && t.text === 'Where is my order?')");
        await scene.Until("() => lab.of('transcript').some(t => t.final && t.role === 'assistant' && t.text)");

        // The same words over the stream are not told again.
        var before = (await scene.Told("transcript")).Count;
        scene.Api.Workflow.Tell("transcript.done", new JsonObject { ["role"] = "user", ["item_id"] = "item_x", ["text"] = "Where is my order?" });
        scene.Api.Workflow.Tell("usage.updated", new JsonObject { ["cost_usd"] = 0.5 });
        await scene.Until("() => lab.of('usage').length === 1");
        Assert.Equal(before, (await scene.Told("transcript")).Count);
    }

    [Fact]
    public async Task Captions_of_a_sealed_call_come_from_the_stream_piece_by_piece()
    {
        await using var scene = await SdkScene.Open(chromium);
        await scene.Start("sealed-intake");

        foreach (var (type, text) in new[] { ("transcript.delta", "Good "), ("transcript.delta", "mor"), ("transcript.done", "Good morning.") })
        {
            scene.Api.Workflow.Tell(type, new JsonObject { ["role"] = "assistant", ["item_id"] = "item_1", ["text"] = text });
        }

        await scene.Until("() => lab.of('transcript').length === 3");
        Assert.Equal(["Good ", "Good mor", "Good morning."], (await scene.Told("transcript")).Select(told => (string)told!["text"]!));
        Assert.Equal([false, false, true], (await scene.Told("transcript")).Select(told => (bool)told!["final"]!));
    }
}
