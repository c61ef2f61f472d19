using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Tests.Conformance;

/// <summary>A conversation, or rather three, in which the emulator has reason to send everything that it can send.</summary>
internal static class Grand
{
    private const string Tools = """
        {"type":"realtime","tools":[
          {"type":"function","name":"lookup_order","description":"d","parameters":{"type":"object","properties":{}}},
          {"type":"mcp","server_label":"orders","server_url":"https://example.com/mcp","allowed_tools":["find"],"require_approval":"never"}],
         "audio":{"input":{"transcription":{"model":"gpt-transcribe"}}}}
        """;

    private static readonly Lazy<Task<IReadOnlyList<JsonObject>>> Once = new(Travel);

    public static Task<IReadOnlyList<JsonObject>> Tour() => Once.Value;

    private static async Task<IReadOnlyList<JsonObject>> Travel()
    {
        await using var lab = await Lab.Start();
        var seen = new List<JsonObject>();
        seen.AddRange(await OverWebRtc(lab));
        seen.AddRange(await OverWebSocket(lab));
        return seen;
    }

    private static async Task<List<JsonObject>> OverWebRtc(Lab lab)
    {
        var callId = await lab.CreateCall();
        await using var wire = await Wire.Sideband(lab, callId);
        Task Control(string what, string body) => lab.Control(HttpMethod.Post, $"calls/{callId}/{what}", JsonNode.Parse(body));

        await wire.Send(Events.Update(Tools));
        await wire.Until("mcp_list_tools.completed");

        await Control("speech", """{"transcript":"lookup_order {\"order_id\":42}"}""");
        var call = await wire.Until("response.function_call_arguments.done");
        await wire.Until("rate_limits.updated");
        await wire.Send(Events.ToolOutput(call["call_id"]!.GetValue<string>(), """{"status":"shipped"}"""));
        await wire.Send(Events.Respond());
        await wire.Until("output_audio_buffer.stopped");

        await Control("speech", """{"transcript":""}""");
        await wire.Until("conversation.item.input_audio_transcription.failed");
        await wire.Until("output_audio_buffer.stopped");

        await Control("respond", """{"say":"One, two, three, four, five, six, seven, eight.","phase":"commentary","word_ms":50}""");
        var item = await wire.Until("response.output_audio_transcript.delta");
        await Control("speech", """{"transcript":"Stop!"}""");
        await wire.Until("output_audio_buffer.cleared");
        await wire.Until("output_audio_buffer.stopped");

        await Control("respond", """{"mcp_calls":[{"server_label":"orders","name":"find","arguments":{"q":1},"output":"[]"}]}""");
        await wire.Until("rate_limits.updated");
        await Control("respond", """{"mcp_calls":[{"server_label":"orders","name":"find","error":{"type":"tool_execution_error","message":"no"}}]}""");
        await wire.Until("rate_limits.updated");
        await Control("respond", """{"mcp_calls":[{"server_label":"orders","name":"find","needs_approval":true}]}""");
        await wire.Until("rate_limits.updated");
        await Control("respond", """{"status":"failed","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"},"omit_usage":true}""");
        await wire.Until("rate_limits.updated");
        await Control("respond", """{"say":"Too long","status":"incomplete","reason":"max_output_tokens"}""");
        await wire.Until("rate_limits.updated");

        var itemId = item["item_id"]!.GetValue<string>();
        await wire.Send(new JsonObject { ["type"] = "conversation.item.truncate", ["item_id"] = itemId, ["content_index"] = 0, ["audio_end_ms"] = 100 });
        await wire.Send(new JsonObject { ["type"] = "conversation.item.retrieve", ["item_id"] = itemId });
        await wire.Send(new JsonObject { ["type"] = "conversation.item.delete", ["item_id"] = itemId });
        await wire.Until("conversation.item.deleted");
        await lab.Control(HttpMethod.Post, "clock", new JsonObject { ["advance_seconds"] = 3601 });
        await wire.UntilOver();
        return wire.Seen;
    }

    private static async Task<List<JsonObject>> OverWebSocket(Lab lab)
    {
        await using var wire = await Wire.Browser(lab, await lab.MintValue());
        await wire.Until("session.created");

        await wire.Send(Events.UserText("Hello"));
        await wire.Send(Events.Respond());
        await wire.Until("rate_limits.updated");
        await wire.Send(Events.Respond("""{"conversation":"none","output_modalities":["text"],"instructions":"classify","metadata":{"purpose":"moderation"}}"""));
        await wire.Until("rate_limits.updated");
        await wire.Send(Events.Update("""{"type":"realtime","audio":{"input":{"turn_detection":null}}}"""));
        await wire.Send(new JsonObject { ["type"] = "input_audio_buffer.append", ["audio"] = Convert.ToBase64String(new byte[9600]) });
        await wire.Send(new JsonObject { ["type"] = "input_audio_buffer.commit" });
        await wire.Send(new JsonObject { ["type"] = "input_audio_buffer.clear" });
        await wire.Send(Events.Update("""{"type":"realtime","voice":"marin"}"""));
        await wire.Until("error");
        return wire.Seen;
    }
}
