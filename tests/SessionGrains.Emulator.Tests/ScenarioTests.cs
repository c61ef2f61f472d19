using System.Text.Json.Nodes;
using SessionGrains.Emulator.Tests.Conformance;

namespace SessionGrains.Emulator.Tests;

/// <summary>Scenario files decide what the model says and calls.</summary>
public sealed class ScenarioTests : IDisposable
{
    private const string Orders = """
        {"name":"orders","for":{"tool":"lookup_order"},"hears":["Where is my order?"],
         "turns":[
           {"when":{"user_says":"order"},"say":"Let me look.","phase":"commentary","calls":[{"name":"lookup_order","arguments":{"order_id":42}},{"name":"lookup_order","arguments":"{\"order_id\":"}]},
           {"when":{"after_tool":"lookup_order","output_contains":"shipped"},"say":"It has been shipped."}]}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("scenarios-").FullName;

    [Fact]
    public async Task A_file_in_the_folder_plays_in_the_sessions_that_it_fits()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "orders.json"), Orders, TestContext.Current.CancellationToken);
        await using var lab = await Lab.Start(new EmulatorOptions { ScenarioFolder = folder });
        var callId = await lab.CreateCall(Events.Of("""{"type":"realtime","tools":[{"type":"function","name":"lookup_order"}]}"""));
        var other = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/speech", new JsonObject());
        var done = (await sideband.Until("response.done"))["response"]!;
        var calls = done["output"]!.AsArray().Where(i => (string?)i!["type"] == "function_call").ToArray();
        await sideband.Until("rate_limits.updated");
        foreach (var call in calls)
        {
            await sideband.Send(Events.ToolOutput((string)call!["call_id"]!, "shipped"));
        }

        await sideband.Send(Events.Respond());
        var said = await sideband.Until("response.output_audio_transcript.done");

        Assert.Equal(["""{"order_id":42}""", """{"order_id":"""], calls.Select(c => (string?)c!["arguments"]));
        Assert.Equal("It has been shipped.", (string?)said["transcript"]);
        Assert.Equal("small-talk", (string?)(await lab.Control(HttpMethod.Get, $"calls/{other}")).Json["scenario"]);
        Assert.Equal(2, (await lab.Ledger("tool_call.issued")).Count);
    }

    [Theory]
    [InlineData("order-status", 1)]
    [InlineData("parallel-calls", 1)]
    [InlineData("repeated-call", 3)]
    [InlineData("bad-json", 4)]
    [InlineData("interrupted", 2)]
    [InlineData("failed", 3)]
    [InlineData("slow", 1)]
    [InlineData("expensive", 1)]
    [InlineData("mcp", 3)]
    public async Task The_scenarios_that_come_with_it_play_and_stay_in_shape(string name, int turns)
    {
        await using var lab = await Lab.Start();
        Assert.Equal(200, (int)(await lab.Settings(new JsonObject { ["scenario"] = name })).Status);
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());
        var examples = new ExampleSet();

        await sideband.Send(Events.UserText("Where is my order?"));
        for (var turn = 0; turn < turns; turn++)
        {
            await sideband.Send(Events.Respond());
            await sideband.Until("response.done");
            await sideband.Until("rate_limits.updated");
        }

        Assert.Empty(sideband.Seen.SelectMany(examples.Problems));
        Assert.DoesNotContain(sideband.Seen, e => (string?)e["delta"] == "You");   // small talk: no turn fitted
    }

    [Fact]
    public async Task A_file_that_is_no_scenario_stops_the_start()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "wrong.json"), """{"name":"x","turn":[]}""", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<InvalidDataException>(() => Lab.Start(new EmulatorOptions { ScenarioFolder = folder }));
    }

    [Fact]
    public async Task A_scenario_may_be_chosen_by_name_and_given_at_run_time()
    {
        await using var lab = await Lab.Start();

        await lab.Control(HttpMethod.Post, "scenarios", JsonNode.Parse("""{"name":"curt","turns":[{"say":"No.","repeat":true}]}"""));
        Assert.Equal(400, (int)(await lab.Settings(new JsonObject { ["scenario"] = "unknown" })).Status);
        await lab.Settings(new JsonObject { ["scenario"] = "curt" });
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());
        for (var i = 0; i < 2; i++)
        {
            await sideband.Send(Events.Respond());
            Assert.Equal("No.", (string?)(await sideband.Until("response.output_audio_transcript.done"))["transcript"]);
            await sideband.Until("rate_limits.updated");
        }
    }

    [Theory]
    [InlineData("""{"status":"failed","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}}""", "failed", "insufficient_quota")]
    [InlineData("""{"say":"Too lo","status":"incomplete","reason":"content_filter"}""", "incomplete", "content_filter")]
    [InlineData("""{"say":"Wai","status":"cancelled","reason":"turn_detected"}""", "cancelled", "turn_detected")]
    public async Task A_turn_may_go_wrong(string turn, string status, string detail)
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", JsonNode.Parse(turn));
        var response = (await sideband.Until("response.done"))["response"]!;

        Assert.Equal(status, (string?)response["status"]);
        Assert.Contains(detail, response["status_details"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_may_be_slow_and_may_repeat_its_events()
    {
        await using var lab = await Lab.Start();
        var callId = await lab.CreateCall();
        await using var sideband = await Wire.Sideband(lab, callId);

        await lab.Control(HttpMethod.Post, $"calls/{callId}/respond", Events.Of("""{"say":"Well","delay_ms":300,"duplicate_events":true,"usage":{"total_tokens":7,"input_tokens":3,"output_tokens":4}}"""));
        await sideband.Until("response.done");
        var again = await sideband.Until("response.done");

        Assert.Equal(7, (int)again["response"]!["usage"]!["total_tokens"]!);
        Assert.True((long)(await lab.Ledger("response.done"))[0]["at_ms"]! - (long)(await lab.Ledger("response.created"))[0]["at_ms"]! >= 300);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
