using System.Text.Json.Nodes;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>What is said and heard on a sideband.</summary>
public sealed class TalkTests
{
    private const string Tools = """{"type":"realtime","model":"gpt-realtime-2.1","tools":[{"type":"function","name":"lookup_order"}]}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sideband_is_silent_until_its_session_update_is_answered()
    {
        await using var lab = await SidebandLab.Start();
        await using var sideband = await lab.Attach(await lab.Call());
        using var ear = new Ear(sideband);
        var wanted = new JsonObject { ["instructions"] = "Be brief.", ["tools"] = new JsonArray() };

        await sideband.SendAsync(ClientEvents.SessionUpdate(wanted), Cancellation);
        var updated = await ear.Until<SidebandEvent.SessionUpdated>();

        Assert.Single(ear.Heard);
        Assert.Empty(SessionComparison.Differs(updated.Session, wanted));
    }

    [Fact]
    public async Task A_tool_call_is_announced_three_times_and_its_answer_is_taken()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call(Tools);
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/respond", """{"say":"Let me look.","calls":[{"name":"lookup_order","arguments":{"order_id":42}}]}""");
        var started = await ear.Until<SidebandEvent.ResponseStarted>();
        var done = await ear.Until<SidebandEvent.ResponseDone>();

        var calls = ear.Heard.OfType<SidebandEvent.FunctionCall>().ToArray();
        Assert.Equal(3, calls.Length);
        Assert.Single(calls.Distinct());
        Assert.Equal(calls[0], Assert.Single(done.Calls));
        Assert.Equal("lookup_order", calls[0].Name);
        Assert.Equal("""{"order_id":42}""", calls[0].Arguments);
        Assert.Equal((started.ResponseId, "completed"), (done.ResponseId, done.Status));

        await sideband.SendAsync(ClientEvents.FunctionCallOutput(calls[0].CallId, "shipped"), Cancellation);
        await sideband.SendAsync(ClientEvents.ResponseCreate(), Cancellation);
        var answer = await ear.Until<SidebandEvent.TranscriptDone>();
        await ear.Until<SidebandEvent.ResponseDone>();

        Assert.Equal("assistant", answer.Role);
        Assert.Contains("shipped", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_tells_its_usage_and_when_it_is_heard()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/respond", """
            {"say":"Hello there.","usage":{"total_tokens":30,"input_tokens":20,"output_tokens":10,
              "input_token_details":{"text_tokens":12,"audio_tokens":8,"image_tokens":0,"cached_tokens":5,"cached_tokens_details":{"text_tokens":4,"audio_tokens":1,"image_tokens":0}},
              "output_token_details":{"text_tokens":3,"audio_tokens":7}}}
            """);
        var started = await ear.Until<SidebandEvent.AudioStarted>();
        var done = ear.Heard.OfType<SidebandEvent.ResponseDone>().FirstOrDefault() ?? await ear.Until<SidebandEvent.ResponseDone>();
        await ear.Until<SidebandEvent.RateLimits>();
        var stopped = await ear.Until<SidebandEvent.AudioStopped>();

        Assert.Equal(new Usage(20, 10, 12, 8, 0, 4, 1, 0, 3, 7, 0), done.Usage);
        Assert.Equal((done.ResponseId, done.ResponseId), (started.ResponseId, stopped.ResponseId));
    }

    [Fact]
    public async Task What_the_user_says_is_heard_and_its_transcription_counted()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call("""{"type":"realtime","audio":{"input":{"transcription":{"model":"gpt-transcribe"}}}}""");
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/speech", """{"transcript":"Where is my order?"}""");
        await ear.Until<SidebandEvent.SpeechStarted>();
        await ear.Until<SidebandEvent.SpeechStopped>();
        var said = await ear.Until<SidebandEvent.TranscriptDone>(t => t.Role == "user");
        var usage = await ear.Until<SidebandEvent.TranscriptionUsage>();

        Assert.Equal("Where is my order?", said.Text);
        Assert.True(usage.Usage is { InputAudio: > 0, OutputText: > 0 });
        Assert.Contains(ear.Heard, told => told is SidebandEvent.ItemAdded { Item: var item } && item.GetProperty("role").GetString() == "user");
    }

    [Fact]
    public async Task A_failed_response_tells_its_code()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await lab.Control($"calls/{callId}/respond", """{"status":"failed","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"No."},"omit_usage":true}""");
        var done = await ear.Until<SidebandEvent.ResponseDone>();

        Assert.Equal(("failed", "insufficient_quota", null), (done.Status, done.ErrorCode, done.Usage));
    }

    [Fact]
    public async Task A_second_sideband_hears_the_same()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var first = await lab.Attach(callId);
        await using var second = await lab.Attach(callId);
        using var ears = new Ear(first);
        using var others = new Ear(second);

        await first.SendAsync(ClientEvents.SessionUpdate([]), Cancellation);

        await ears.Until<SidebandEvent.SessionUpdated>();
        await others.Until<SidebandEvent.SessionUpdated>();
    }

    [Fact]
    public async Task Wrong_events_are_told_and_unknown_ones_passed_and_the_sideband_lives_on()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await sideband.SendAsync(new JsonObject { ["type"] = "response.dream", ["event_id"] = "mine" }, Cancellation);
        await ear.Until<SidebandEvent.Error>();
        await lab.Control($"calls/{callId}/events", """{"type":"response.dreamed","of":"sheep"}""");
        Assert.Equal("response.dreamed", (await ear.Until<SidebandEvent.Other>()).Type);
        await sideband.SendAsync(ClientEvents.SessionUpdate([]), Cancellation);
        await ear.Until<SidebandEvent.SessionUpdated>();
    }

    [Fact]
    public async Task Messages_that_nobody_can_read_are_told_and_the_sideband_lives_on()
    {
        using var peer = new RawPeer();
        await using var lab = SidebandLab.At(peer.BaseUrl);
        await using var sideband = await lab.Attach("rtc_1");
        using var ear = new Ear(sideband);

        foreach (var text in new[] { "not json", "[]", "", "{\"type\":7}", "{\"type\":\"\\ud800\"}", new string('[', 5000) })
        {
            await peer.Say(RawPeer.Frame(0x81, System.Text.Encoding.UTF8.GetBytes(text)));
            await ear.Until<SidebandEvent.Unreadable>();
        }

        await peer.Say(RawPeer.Frame(0x82, [1, 2, 3]));
        await ear.Until<SidebandEvent.Unreadable>();
        await peer.Say([.. RawPeer.Frame(0x01, """{"type":"input_audio_buf"""u8.ToArray()), .. RawPeer.Frame(0x80, """fer.speech_started"}"""u8.ToArray())]);
        await ear.Until<SidebandEvent.SpeechStarted>();
    }

    [Fact]
    public async Task Sixty_four_events_leave_in_order_while_the_call_is_busy()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);
        await lab.Control($"calls/{callId}/respond", $$"""{"say":"{{string.Join(' ', Enumerable.Repeat("word", 200))}}","word_ms":1}""");

        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => sideband.SendAsync(
            ClientEvents.SessionUpdate(new() { ["instructions"] = $"{i} {new string('x', 5000)}" }), Cancellation)));
        var order = new List<int>();
        while (order.Count < 64)
        {
            var updated = await ear.Until<SidebandEvent.SessionUpdated>();
            order.Add(int.Parse(updated.Session.GetProperty("instructions").GetString()!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(Enumerable.Range(0, 64), order);
        Assert.Contains(ear.Heard, told => told is SidebandEvent.TranscriptDelta);
    }

    [Fact]
    public async Task An_event_that_is_given_up_before_its_turn_is_not_sent()
    {
        await using var lab = await SidebandLab.Start();
        var callId = await lab.Call();
        await using var sideband = await lab.Attach(callId);
        using var ear = new Ear(sideband);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => sideband.SendAsync(ClientEvents.SessionUpdate(new() { ["instructions"] = "late" }), new CancellationToken(canceled: true)));
        await sideband.SendAsync(ClientEvents.SessionUpdate(new() { ["instructions"] = "next" }), Cancellation);

        Assert.Equal("next", (await ear.Until<SidebandEvent.SessionUpdated>()).Session.GetProperty("instructions").GetString());
        Assert.Single(await lab.Ledger("event.received"));
    }

    [Fact]
    public async Task There_is_one_reader_at_a_time()
    {
        await using var lab = await SidebandLab.Start();
        await using var sideband = await lab.Attach(await lab.Call());
        using var ear = new Ear(sideband);

        using var second = new Ear(sideband);

        await Assert.ThrowsAsync<InvalidOperationException>(() => second.Reading.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }
}
