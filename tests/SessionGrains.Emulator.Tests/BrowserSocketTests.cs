using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>A session over WebSocket, as a browser opens it with a client secret.</summary>
public sealed class BrowserSocketTests
{
    [Fact]
    public async Task A_browser_is_greeted_with_the_session_that_was_minted()
    {
        await using var lab = await Lab.Start();
        var secret = await lab.MintValue(JsonNode.Parse("""{"session":{"type":"realtime","instructions":"Minted."}}"""));
        await using var browser = await Wire.Browser(lab, secret);

        var created = await browser.Until("session.created");

        Assert.Equal("realtime", browser.Subprotocol);
        Assert.Equal("Minted.", (string?)created["session"]!["instructions"]);
        Assert.Equal("ek", (string?)(await lab.Ledger("session.created")).Single()["details"]!["created_with"]);
    }

    [Fact]
    public async Task Sound_comes_as_events_and_there_is_nothing_to_play()
    {
        await using var lab = await Lab.Start();
        await using var browser = await Wire.Browser(lab, await lab.MintValue());

        await browser.Send(Events.Respond());
        await browser.Until("rate_limits.updated");

        Assert.Contains("response.output_audio.delta", browser.TypesSeen);
        Assert.DoesNotContain("output_audio_buffer.started", browser.TypesSeen);
    }

    [Fact]
    public async Task Speech_is_detected_in_the_sound()
    {
        await using var lab = await Lab.Start();
        await lab.Control(HttpMethod.Post, "scenarios", JsonNode.Parse("""{"name":"listener","for":{"model":"gpt-realtime-2.1"},"hears":["Testing, one two."]}"""));
        await using var browser = await Wire.Browser(lab, await lab.MintValue());

        await browser.Send(Sound(milliseconds: 300, amplitude: 8000));
        await browser.Send(Sound(milliseconds: 700, amplitude: 0));
        var stopped = await browser.Until("input_audio_buffer.speech_stopped");
        var said = await browser.Until("response.output_audio_transcript.done");

        Assert.Equal(800, (int)stopped["audio_end_ms"]!);
        Assert.Equal("You said: Testing, one two.", (string?)said["transcript"]);
    }

    [Fact]
    public async Task Silence_is_no_speech()
    {
        await using var lab = await Lab.Start();
        await using var browser = await Wire.Browser(lab, await lab.MintValue());

        await browser.Send(Sound(milliseconds: 2000, amplitude: 0));
        await browser.Send(Events.Update("""{"type":"realtime"}"""));
        await browser.Until("session.updated");

        Assert.DoesNotContain("input_audio_buffer.speech_started", browser.TypesSeen);
    }

    [Fact]
    public async Task The_handshake_needs_a_secret_that_is_known()
    {
        await using var lab = await Lab.Start();

        Assert.Equal(401, await Wire.Refused(() => Wire.Browser(lab, "ek_made_up")));
    }

    [Fact]
    public async Task It_is_listed_and_can_be_ended_but_not_hung_up()
    {
        await using var lab = await Lab.Start();
        await using var browser = await Wire.Browser(lab, await lab.MintValue());
        await browser.Until("session.created");
        var live = (await lab.Control(HttpMethod.Get, "calls")).Array.Single()!;

        Assert.Null(live["call_id"]);
        Assert.Equal(404, (int)(await lab.HangUp((string)live["id"]!)).Status);
        await lab.Control(HttpMethod.Post, $"calls/{live["id"]}/end");
        await browser.UntilOver();

        Assert.Equal(WebSocketCloseStatus.NormalClosure, browser.CloseCode);
    }

    [Fact]
    public async Task When_the_browser_leaves_the_session_ends()
    {
        await using var lab = await Lab.Start();
        var browser = await Wire.Browser(lab, await lab.MintValue());
        await browser.Until("session.created");
        await browser.DisposeAsync();

        Assert.Equal("browser_left", (string?)(await lab.Eventually("call.ended"))["details"]!["reason"]);
    }

    private static JsonObject Sound(int milliseconds, short amplitude)
    {
        var pcm = new byte[milliseconds * 48];
        for (var i = 0; i < pcm.Length; i += 2)
        {
            BinaryPrimitives.WriteInt16LittleEndian(pcm.AsSpan(i), i / 2 % 2 == 0 ? amplitude : (short)-amplitude);
        }

        return new JsonObject { ["type"] = "input_audio_buffer.append", ["audio"] = Convert.ToBase64String(pcm) };
    }
}
