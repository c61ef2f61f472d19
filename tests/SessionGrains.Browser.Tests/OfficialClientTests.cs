using System.Text.Json.Nodes;

namespace SessionGrains.Browser.Tests;

/// <summary>OpenAI's own browser client, in a real browser, finds nothing to object to.</summary>
public sealed class OfficialClientTests(Chromium chromium)
{
    private const string Weather = """
        {"name":"weather","for":{"tool":"get_weather"},"turns":[
          {"when":{"user_says":"weather"},"calls":[{"name":"get_weather","arguments":{"city":"Berlin"}}]},
          {"when":{"after_tool":"get_weather"},"say":"It is sunny."}]}
        """;

    [Fact]
    public async Task It_runs_a_turn_and_a_tool_over_WebSocket_and_is_hung_up()
    {
        await using var scene = await Scene.Open(chromium);
        var secret = await scene.Mint();

        await scene.Connect("websocket", scene.SocketUrl, secret);
        await scene.Until("() => lab.types().includes('session.updated')");
        var id = (string)(await scene.Ledger("session.created")).Single()["session_id"]!;
        await scene.Control($"calls/{id}/scenario", JsonNode.Parse(Weather)!);
        await RunToolTurn(scene);
        await scene.Control($"calls/{id}/end", new JsonObject());

        await scene.Until("() => lab.state.connection.at(-1) === 'disconnected'");
        await scene.ExpectNoSchemaRefused();
    }

    [Fact]
    public async Task It_runs_a_turn_and_a_tool_over_WebRTC_is_heard_and_is_hung_up()
    {
        await using var scene = await Scene.Open(chromium);
        await scene.Control("settings", new JsonObject { ["microphone"] = false });
        await scene.Control("scenarios", JsonNode.Parse(Weather)!);
        await scene.OpenPeer();
        var secret = await scene.Mint();

        var callId = (await scene.Connect("webrtc", scene.CallsUrl, secret))!;
        await scene.Control($"calls/{callId}/scenario", JsonNode.Parse(Weather)!);
        await RunToolTurn(scene);
        await scene.Until("() => lab.types().includes('output_audio_buffer.stopped')");
        await scene.Until("async () => await lab.soundHeard() > 0.0001");
        await scene.HangUp(callId, secret);

        await scene.Until("() => lab.state.connection.at(-1) === 'disconnected'");
        await scene.ExpectNoSchemaRefused();
        Assert.Equal("peer", (string?)(await scene.Ledger("call.created")).Single()["details"]!["answered_by"]);
        Assert.Equal("hung_up", (string?)(await scene.Ledger("call.ended")).Single()["details"]!["reason"]);
    }

    [Fact]
    public async Task What_the_microphone_brings_is_heard_as_speech()
    {
        await using var scene = await Scene.Open(chromium);
        await scene.OpenPeer();

        await scene.Connect("webrtc", scene.CallsUrl, await scene.Mint());

        await scene.Until("() => lab.types().includes('input_audio_buffer.speech_started')");
        await scene.Browser.EvaluateAsync("() => lab.state.session.mute(true)");   // Chromium's false microphone never pauses
        await scene.Until("() => lab.types().includes('input_audio_buffer.speech_stopped')");
        await scene.Until("() => lab.types().includes('conversation.item.input_audio_transcription.completed')");
        await scene.ExpectNoSchemaRefused();
    }

    [Fact]
    public async Task When_the_browser_leaves_the_call_ends()
    {
        await using var scene = await Scene.Open(chromium);
        await scene.OpenPeer();
        await scene.Connect("webrtc", scene.CallsUrl, await scene.Mint());
        await scene.Until("() => lab.types().includes('session.updated')");

        await scene.Browser.EvaluateAsync("() => lab.state.session.close()");

        await scene.UntilLedger("call.ended", e => (string?)e["details"]!["reason"] == "browser_left");
    }

    [Fact]
    public async Task A_refused_secret_reaches_the_page_in_words()
    {
        await using var scene = await Scene.Open(chromium);

        var error = await Assert.ThrowsAsync<Microsoft.Playwright.PlaywrightException>(() => scene.Connect("webrtc", scene.CallsUrl, "ek_made_up"));

        Assert.Contains("401", error.Message, StringComparison.Ordinal);
        Assert.Contains("Incorrect API key provided", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"say":"One moment.","phase":"commentary","calls":[{"name":"elsewhere"},{"name":"elsewhere","arguments":"{"}]}""")]
    [InlineData("""{"mcp_calls":[{"server_label":"orders","name":"find","arguments":{"q":1},"output":"[]"}]}""")]
    [InlineData("""{"mcp_calls":[{"server_label":"orders","name":"find","error":{"type":"tool_execution_error","message":"no"}}]}""")]
    [InlineData("""{"mcp_calls":[{"server_label":"orders","name":"find","needs_approval":true}]}""")]
    [InlineData("""{"status":"failed","omit_usage":true}""")]
    [InlineData("""{"say":"Too lo","status":"incomplete","reason":"max_output_tokens"}""")]
    [InlineData("""{"say":"Wai","status":"cancelled","reason":"turn_detected"}""")]
    public async Task Its_schemas_accept_whatever_the_model_does(string turn)
    {
        await using var scene = await Scene.Open(chromium);
        await scene.Connect("websocket", scene.SocketUrl, await scene.Mint());
        await scene.Until("() => lab.types().filter(t => t === 'session.updated').length === 2");
        var id = (string)(await scene.Ledger("session.created")).Single()["session_id"]!;

        await scene.Control($"calls/{id}/respond", JsonNode.Parse(turn)!);
        await scene.Until("() => lab.types().includes('rate_limits.updated')");

        Assert.Empty(await scene.Browser.EvaluateAsync<string[]>("() => lab.refused(lab.state.events)"));
    }

    [Fact]
    public async Task A_broken_event_is_noticed_by_its_schemas()
    {
        await using var scene = await Scene.Open(chromium);

        var refused = await scene.Browser.EvaluateAsync<string[]>("""
            () => lab.refused([{ type: 'response.function_call_arguments.done', event_id: 'e', response_id: 'r', item_id: 'i', output_index: 0, arguments: '{}' }])
            """);

        Assert.Single(refused);
    }

    private static async Task RunToolTurn(Scene scene)
    {
        await scene.Say("What is the weather in Berlin?");
        await scene.Until("() => lab.transcripts().includes('It is sunny.')");
        Assert.Equal(["Berlin"], await scene.Browser.EvaluateAsync<string[]>("() => lab.state.toolCalls"));
    }
}
