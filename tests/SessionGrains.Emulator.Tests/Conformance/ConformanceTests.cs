using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Realtime;

namespace SessionGrains.Emulator.Tests.Conformance;

/// <summary>Every event that the emulator sends is like the recorded ones, and known to OpenAI's own package.</summary>
public sealed class ConformanceTests
{
    /// <summary>Events that the examples hold, but that were never seen in a live session, or that only a telephone causes.</summary>
    private static readonly string[] NeverSent =
    [
        "conversation.created", "conversation.item.created", "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.timeout_triggered", "input_audio_buffer.dtmf_event_received", "mcp_list_tools.failed",
    ];

    private static readonly ExampleSet Examples = new();

    [Fact]
    public async Task Every_event_is_like_the_recorded_ones()
    {
        var all = await Grand.Tour();

        Assert.Empty(all.SelectMany(e => Examples.Problems(e).Select(p => $"{p} in {e.ToJsonString()}")));
    }

    [Fact]
    public async Task Every_event_of_the_example_set_is_sent_but_those_that_are_never_seen()
    {
        var sent = (await Grand.Tour()).Select(e => e["type"]!.GetValue<string>()).ToHashSet();

        Assert.Equal(NeverSent.Order(), Examples.Types.Except(sent).Order());
        Assert.Empty(sent.Except(Examples.Types));
    }

    [Fact]
    public async Task OpenAIs_own_package_knows_every_event_and_every_item()
    {
        foreach (var sent in await Grand.Tour())
        {
            var update = Read(sent);

            Assert.StartsWith("RealtimeServerUpdate", update.GetType().Name, StringComparison.Ordinal);
            Assert.DoesNotContain("Unknown", update.GetType().Name, StringComparison.Ordinal);
            if (update.GetType().GetProperty("Item")?.GetValue(update) is { } item)
            {
                Assert.DoesNotContain("Unknown", item.GetType().Name, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("response.done", "response.usage", null)]
    [InlineData("response.function_call_arguments.done", "call_id", null)]
    [InlineData("session.updated", "session.audio.output", """ "marin" """)]
    [InlineData("conversation.item.added", "item.surprise", "1")]
    public async Task A_broken_shape_is_noticed(string type, string path, string? replacement)
    {
        var broken = (await Grand.Tour()).First(e => e["type"]!.GetValue<string>() == type).DeepClone().AsObject();
        var names = path.Split('.');
        var parent = names[..^1].Aggregate((JsonNode)broken, (node, name) => node[name]!).AsObject();
        parent.Remove(names[^1]);
        if (replacement is not null)
        {
            parent[names[^1]] = JsonNode.Parse(replacement);
        }

        Assert.NotEmpty(Examples.Problems(broken));
    }

    [Fact]
    public async Task Every_client_event_of_the_example_set_is_taken()
    {
        await using var lab = await Lab.Start();
        await using var sideband = await Wire.Sideband(lab, await lab.CreateCall());

        foreach (var line in ExampleSet.Lines("client-events.jsonl"))
        {
            await sideband.Send(line);
        }

        await sideband.Send(Events.Update("""{"type":"realtime","instructions":"last"}"""));
        await sideband.Until("session.updated", e => e["session"]!["instructions"]!.GetValue<string>() == "last");

        var errors = sideband.Seen.Where(e => e["type"]!.GetValue<string>() == "error").Select(e => e["error"]!["code"]!.GetValue<string>());
        Assert.Empty(errors.Intersect(["unknown_parameter", "invalid_type", "invalid_value", "missing_required_parameter", "invalid_event"]));
    }

    private static RealtimeServerUpdate Read(JsonObject sent) => ModelReaderWriter.Read<RealtimeServerUpdate>(
        BinaryData.FromString(sent.ToJsonString()), ModelReaderWriterOptions.Json, OpenAIContext.Default)!;
}
