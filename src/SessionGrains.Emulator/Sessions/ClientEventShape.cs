using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;
using static SessionGrains.Emulator.Sessions.Shape;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What each client event may look like.</summary>
internal static class ClientEventShape
{
    private static readonly Shape Content = new List(new Members(
        new()
        {
            ["type"] = new Word("input_text", "input_audio", "input_image", "output_text", "output_audio"),
            ["text"] = new Text(),
            ["audio"] = new Text(),
            ["transcript"] = new OrNull(new Text()),
            ["image_url"] = new Text(),
            ["detail"] = new Word("auto", "low", "high"),
        },
        "type"));

    private static readonly Shape Item = new Members(
        new()
        {
            ["id"] = new OrNull(new Text(MaxLength: 32)),
            ["object"] = new Word("realtime.item"),
            ["type"] = new Word("message", "function_call", "function_call_output", "mcp_approval_response", "mcp_call", "mcp_list_tools", "mcp_approval_request", "item_reference"),
            ["status"] = new OrNull(new Word("completed", "incomplete", "in_progress")),
            ["role"] = new Word("system", "user", "assistant"),
            ["content"] = Content,
            ["phase"] = new OrNull(new Word("commentary", "final_answer")),
            ["name"] = new Text(),
            ["call_id"] = new Text(),
            ["arguments"] = new Text(),
            ["output"] = new OrNull(new Text()),
            ["approval_request_id"] = new OrNull(new Text()),
            ["approve"] = new Flag(),
            ["reason"] = new OrNull(new Text()),
            ["server_label"] = new Text(),
            ["tools"] = new Any(),
            ["error"] = new Any(),
        },
        "type");

    private static readonly Dictionary<string, Shape> Known = new()
    {
        ["session.update"] = Event(["session"], ("session", SessionShape.Session)),
        ["input_audio_buffer.append"] = Event(["audio"], ("audio", new Text())),
        ["input_audio_buffer.commit"] = Event([]),
        ["input_audio_buffer.clear"] = Event([]),
        ["output_audio_buffer.clear"] = Event([]),
        ["conversation.item.create"] = Event(["item"], ("item", Item), ("previous_item_id", new OrNull(new Text()))),
        ["conversation.item.retrieve"] = Event(["item_id"], ("item_id", new Text())),
        ["conversation.item.delete"] = Event(["item_id"], ("item_id", new Text())),
        ["conversation.item.truncate"] = Event(
            ["item_id", "content_index", "audio_end_ms"],
            ("item_id", new Text()), ("content_index", new Number(0, IsWhole: true)), ("audio_end_ms", new Number(0, IsWhole: true))),
        ["response.create"] = Event([], ("response", new OrNull(new Members(new()
        {
            ["output_modalities"] = SessionShape.OutputModalities,
            ["instructions"] = new Text(),
            ["audio"] = new Members(new() { ["output"] = SessionShape.OutputAudio }),
            ["tools"] = new List(SessionShape.Tool),
            ["tool_choice"] = SessionShape.ToolChoice,
            ["parallel_tool_calls"] = new Flag(),
            ["reasoning"] = SessionShape.Reasoning,
            ["max_output_tokens"] = SessionShape.MaxOutputTokens,
            ["conversation"] = new Word("auto", "none"),
            ["metadata"] = new OrNull(new Any()),
            ["prompt"] = new OrNull(new Any()),
            ["input"] = new List(Item),
        })))),
        ["response.cancel"] = Event([], ("response_id", new OrNull(new Text()))),
    };

    /// <summary>What is wrong with the event, or null.</summary>
    public static OpenAIError? Check(JsonObject clientEvent)
    {
        if (clientEvent["type"] is not JsonValue value || !value.TryGetValue(out string? type))
        {
            return OpenAIError.Missing("type");
        }

        return Known.TryGetValue(type, out var shape)
            ? shape.Check(clientEvent, "") ?? CheckItem(clientEvent["item"])
            : new Word([.. Known.Keys]).Check(value, "type");
    }

    private static OpenAIError? CheckItem(JsonNode? item)
    {
        string[] needed = (string?)item?["type"] switch
        {
            "message" => ["role", "content"],
            "function_call" => ["name", "arguments"],
            "function_call_output" => ["call_id", "output"],
            "mcp_approval_response" => ["approval_request_id", "approve"],
            _ => [],
        };
        return needed.Where(n => item![n] is null).Select(n => OpenAIError.Missing($"item.{n}")).FirstOrDefault();
    }

    private static Members Event(string[] needed, params ReadOnlySpan<(string Name, Shape Shape)> members)
    {
        var known = new Dictionary<string, Shape> { ["type"] = new Text(), ["event_id"] = new OrNull(new Text()) };
        foreach (var (name, shape) in members)
        {
            known[name] = shape;
        }

        return new Members(known, needed);
    }
}
