namespace SessionGrains.Emulator.Tests;

/// <summary>How an update changes a session: only what it names.</summary>
public sealed class SessionUpdateTests
{
    [Fact]
    public async Task An_update_changes_only_what_it_names()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall(Events.Of(
            """{"type":"realtime","instructions":"Keep me.","tools":[{"type":"function","name":"a"}],"audio":{"output":{"voice":"cedar"},"input":{"transcription":{"model":"gpt-transcribe"}}}}"""));
        await using var sideband = await Wire.Sideband(lab, callId);

        await sideband.Send(Events.Update("""{"type":"realtime","audio":{"input":{"turn_detection":{"type":"semantic_vad"}}},"max_output_tokens":100}"""));
        var session = (await sideband.Until("session.updated"))["session"]!;

        Assert.Equal("Keep me.", (string?)session["instructions"]);
        Assert.Equal("a", (string?)session["tools"]![0]!["name"]);
        Assert.Equal("cedar", (string?)session["audio"]!["output"]!["voice"]);
        Assert.Equal("gpt-transcribe", (string?)session["audio"]!["input"]!["transcription"]!["model"]);
        Assert.Equal(100, (int)session["max_output_tokens"]!);
        Assert.Equal("auto", (string?)session["audio"]!["input"]!["turn_detection"]!["eagerness"]);
        Assert.Null(session["audio"]!["input"]!["turn_detection"]!["threshold"]);
    }

    [Fact]
    public async Task Fields_are_cleared_by_what_is_empty()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall(Events.Of("""{"type":"realtime","instructions":"Clear me.","tools":[{"type":"function","name":"a"}]}"""));
        await using var sideband = await Wire.Sideband(lab, callId);

        await sideband.Send(Events.Update("""{"type":"realtime","instructions":"","tools":[],"audio":{"input":{"turn_detection":null}}}"""));
        var session = (await sideband.Until("session.updated"))["session"]!;

        Assert.Equal("", (string?)session["instructions"]);
        Assert.Empty(session["tools"]!.AsArray());
        Assert.Null(session["audio"]!["input"]!["turn_detection"]);
    }

    [Fact]
    public async Task The_model_stays_and_the_voice_stays_once_it_was_heard()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Update("""{"type":"realtime","model":"gpt-other","audio":{"output":{"voice":"ash"}}}"""));
        var first = (await sideband.Until("session.updated"))["session"]!;
        await sideband.Send(Events.Respond());
        await sideband.Until("response.done");
        await sideband.Send(Events.Update("""{"type":"realtime","audio":{"output":{"voice":"coral"}}}"""));

        Assert.Equal("gpt-realtime-2.1", (string?)first["model"]);
        Assert.Equal("ash", (string?)first["audio"]!["output"]!["voice"]);
        Assert.Equal("cannot_update_voice", (string?)(await sideband.Until("error"))["error"]!["code"]);
    }

    [Fact]
    public async Task A_responses_own_wishes_hold_for_that_response_only()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        await sideband.Send(Events.Respond("""{"tools":[{"type":"function","name":"forced"}],"tool_choice":{"type":"function","name":"forced"}}"""));
        Assert.Equal("forced", (string?)(await sideband.Until("response.function_call_arguments.done"))["name"]);
        await sideband.Until("response.done");
        await sideband.Send(Events.Update("""{"type":"realtime"}"""));

        Assert.Empty((await sideband.Until("session.updated"))["session"]!["tools"]!.AsArray());
    }
}
