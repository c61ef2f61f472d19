using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests;

/// <summary>The recorded orders of events, and the rules about items and responses.</summary>
public sealed class ConversationTests
{
    [Fact]
    public async Task A_spoken_turn_on_a_sideband_has_the_recorded_order()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.UserText("Hello"));
        await sideband.Send(Events.Respond());
        await sideband.Until("output_audio_buffer.stopped");

        Assert.Equal(
            [
                "conversation.item.added", "conversation.item.done", "response.created", "response.output_item.added", "conversation.item.added",
                "response.content_part.added", "response.output_audio_transcript.delta", "output_audio_buffer.started", "response.output_audio_transcript.delta", "response.output_audio.done",
                "response.output_audio_transcript.done", "response.content_part.done", "conversation.item.done", "response.output_item.done",
                "response.done", "rate_limits.updated", "output_audio_buffer.stopped",
            ],
            sideband.TypesSeen.Folded());
        Assert.Equal("You said: Hello", sideband.Seen.Single(e => (string?)e["type"] == "response.output_audio_transcript.done")["transcript"]!.GetValue<string>());
    }

    [Fact]
    public async Task Commentary_before_a_tool_call_is_finished_after_the_arguments()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", Events.Of(
            """{"say":"One moment.","phase":"commentary","calls":[{"name":"lookup_order","arguments":{"order_id":42}}]}"""));
        await sideband.Until("rate_limits.updated");

        Assert.Equal(
            [
                "response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added",
                "response.output_audio_transcript.delta", "output_audio_buffer.started", "response.output_audio_transcript.delta",
                "response.output_item.added", "conversation.item.added", "response.function_call_arguments.delta",
                "response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done", "conversation.item.done", "response.output_item.done",
                "response.function_call_arguments.done", "conversation.item.done", "response.output_item.done", "response.done", "rate_limits.updated",
            ],
            sideband.TypesSeen.Folded());
        var done = sideband.Seen.Single(e => (string?)e["type"] == "response.done")["response"]!;
        Assert.Equal(["message", "function_call"], done["output"]!.AsArray().Select(i => (string?)i!["type"]));
        Assert.Equal("commentary", (string?)done["output"]![0]!["phase"]);
        Assert.Equal("""{"order_id":42}""", (string?)done["output"]![1]!["arguments"]);
        Assert.True((int)done["usage"]!["output_tokens"]! > 0);
    }

    [Fact]
    public async Task A_turn_of_the_user_is_heard_committed_and_answered()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall(Events.Of("""{"type":"realtime","audio":{"input":{"transcription":{"model":"gpt-transcribe"}}}}"""));
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/speech", Events.Of("""{"transcript":"Good morning"}"""));
        await sideband.Until("rate_limits.updated");

        var types = sideband.TypesSeen.ToList();
        Assert.Equal(
            ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done", "response.created"],
            types.Take(6));
        Assert.True(types.IndexOf("conversation.item.input_audio_transcription.completed") > types.IndexOf("response.created"));
        Assert.Equal("Good morning", (string?)sideband.Seen.Single(e => (string?)e["type"] == "conversation.item.input_audio_transcription.completed")["transcript"]);
    }

    [Fact]
    public async Task A_second_response_is_refused_while_one_is_active()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Respond());
        await sideband.Send(new JsonObject { ["type"] = "response.create", ["event_id"] = "mine" });
        var error = await sideband.Until("error");
        await sideband.Until("response.done");

        Assert.Equal("conversation_already_has_active_response", (string?)error["error"]!["code"]);
        Assert.Equal("mine", (string?)error["error"]!["event_id"]);
        await sideband.Send(Events.Respond());
        await sideband.Until("response.done");
    }

    [Fact]
    public async Task A_response_takes_fifty_milliseconds_however_little_it_says()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", Events.Of("""{"status":"failed"}"""));
        await sideband.Until("response.done");

        var created = (long)(await lab.Ledger("response.created")).Single()["at_ms"]!;
        var done = (long)(await lab.Ledger("response.done")).Single()["at_ms"]!;
        Assert.True(done - created >= 49, $"{done - created} ms");
        Assert.Equal(400, (int)(await lab.Settings(new JsonObject { ["response_ms"] = 10 })).Status);
    }

    [Fact]
    public async Task An_output_that_comes_before_the_response_is_done_is_added_after_it()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", Events.Of("""{"calls":[{"name":"lookup_order","call_id":"call_7"}]}"""));
        await sideband.Until("response.function_call_arguments.done");
        await sideband.Send(Events.ToolOutput("call_7", "shipped"));
        await sideband.Until("conversation.item.done", e => (string?)e["item"]!["type"] == "function_call_output");

        var types = sideband.TypesSeen.ToList();
        Assert.True(types.LastIndexOf("conversation.item.added") > types.IndexOf("response.done"));
        await sideband.Send(Events.Respond());
        var said = await sideband.Until("response.output_audio_transcript.done");
        Assert.Equal("The tool says: shipped", (string?)said["transcript"]);
    }

    [Fact]
    public async Task The_user_interrupts_what_is_being_said()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", Events.Of("""{"say":"one two three four five six seven eight nine ten","word_ms":100}"""));
        await sideband.Until("output_audio_buffer.started");
        await lab.Control(HttpMethod.Post, $"calls/{callId}/speech", Events.Of("""{"transcript":"Stop"}"""));
        var done = await sideband.Until("response.done");
        await sideband.Until("output_audio_buffer.cleared");

        Assert.Equal("cancelled", (string?)done["response"]!["status"]);
        Assert.Equal("turn_detected", (string?)done["response"]!["status_details"]!["reason"]);
        Assert.Equal("incomplete", (string?)done["response"]!["output"]![0]!["status"]);
    }

    [Fact]
    public async Task A_client_cancels_an_active_response_and_only_that()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Of("""{"type":"response.cancel"}"""));
        Assert.Equal("response_cancel_not_active", (string?)(await sideband.Until("error"))["error"]!["code"]);
        await sideband.Send(Events.Respond());
        await sideband.Send(Events.Of("""{"type":"response.cancel"}"""));

        Assert.Equal("client_cancelled", (string?)(await sideband.Until("response.done"))["response"]!["status_details"]!["reason"]);
    }

    [Fact]
    public async Task A_response_beside_the_conversation_runs_with_another_and_leaves_no_trace_in_it()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Respond());
        await sideband.Send(Events.Respond("""{"conversation":"none","output_modalities":["text"],"metadata":{"purpose":"moderation"}}"""));
        var first = await sideband.Until("response.done");
        var second = await sideband.Until("response.done");

        var beside = new[] { first, second }.Single(r => r["response"]!["conversation_id"] is null)["response"]!;
        Assert.Equal("moderation", (string?)beside["metadata"]!["purpose"]);
        Assert.Equal("output_text", (string?)beside["output"]![0]!["content"]![0]!["type"]);
        Assert.Single(sideband.Seen, e => (string?)e["type"] == "conversation.item.added");
    }

    [Theory]
    [InlineData("""{"type":"conversation.item.delete","item_id":"item_none"}""", "item_delete_invalid_item_id")]
    [InlineData("""{"type":"conversation.item.retrieve","item_id":"item_none"}""", "item_retrieve_invalid_item_id")]
    [InlineData("""{"type":"input_audio_buffer.commit"}""", "input_audio_buffer_commit_empty")]
    [InlineData("""{"type":"session.update","session":{"instructions":"x"}}""", "missing_required_parameter")]
    [InlineData("""{"type":"session.update","session":{"type":"realtime","modalities":["audio"]}}""", "unknown_parameter")]
    [InlineData("""{"type":"session.explode"}""", "invalid_value")]
    [InlineData("""{"session":{}}""", "missing_required_parameter")]
    [InlineData("""not JSON""", "invalid_event")]
    [InlineData("""{"type":"conversation.item.create","item":{"type":"function_call_output","output":"x"}}""", "missing_required_parameter")]
    [InlineData("""{"type":"conversation.item.create","previous_item_id":"item_none","item":{"type":"message","role":"user","content":[]}}""", "item_create_invalid_previous_item_id")]
    [InlineData("""{"type":"conversation.item.create","item":{"id":"item_of_33_characters_is_too_long","type":"message","role":"user","content":[]}}""", "string_above_max_length")]
    public async Task A_wrong_event_is_answered_with_an_error_and_the_session_goes_on(string clientEvent, string code)
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(clientEvent);
        Assert.Equal(code, (string?)(await sideband.Until("error"))["error"]!["code"]);

        await sideband.Send(Events.Update("""{"type":"realtime"}"""));
        await sideband.Until("session.updated");
    }

    [Fact]
    public async Task A_second_item_of_the_same_id_is_refused_also_while_the_first_one_waits_for_a_response()
    {
        const string Item = """{"type":"conversation.item.create","event_id":"mine","item":{"id":"a","type":"function_call_output","call_id":"c","output":"x"}}""";
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Respond());
        await sideband.Until("response.created");
        await sideband.Send(Item);
        await sideband.Send(Item);
        var error = (await sideband.Until("error"))["error"]!;

        Assert.Equal("item_create_duplicate_item_id", (string?)error["code"]);
        Assert.Equal("mine", (string?)error["event_id"]);
        await sideband.Until("conversation.item.added", e => (string?)e["item"]!["id"] == "a");
        await sideband.Send(Item);
        await sideband.Until("error");
        Assert.Single(sideband.Seen, e => (string?)e["type"] == "conversation.item.added" && (string?)e["item"]!["id"] == "a");
    }

    [Fact]
    public async Task An_item_goes_where_it_was_asked_to()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Of("""{"type":"conversation.item.create","item":{"id":"b","type":"message","role":"user","content":[{"type":"input_text","text":"b"}]}}"""));
        await sideband.Send(Events.Of("""{"type":"conversation.item.create","previous_item_id":"root","item":{"id":"a","type":"message","role":"system","content":[{"type":"input_text","text":"a"}]}}"""));
        await sideband.Send(Events.Of("""{"type":"conversation.item.create","item":{"id":"c","type":"message","role":"user","content":[{"type":"input_text","text":"c"}]}}"""));

        Assert.Null((await sideband.Until("conversation.item.added", e => (string?)e["item"]!["id"] == "b"))["previous_item_id"]);
        Assert.Null((await sideband.Until("conversation.item.added", e => (string?)e["item"]!["id"] == "a"))["previous_item_id"]);
        Assert.Equal("b", (string?)(await sideband.Until("conversation.item.added", e => (string?)e["item"]!["id"] == "c"))["previous_item_id"]);
    }
}
