using static SessionGrains.Emulator.Sessions.Shape;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What the API accepts where a session is configured.</summary>
internal static class SessionShape
{
    public static readonly Shape Tool = new Members(
        new()
        {
            ["type"] = new Word("function", "mcp"),
            ["name"] = new Text("^[a-zA-Z0-9_-]+$"),
            ["description"] = new OrNull(new Text()),
            ["parameters"] = new OrNull(new Any()),
            ["server_label"] = new Text(),
            ["server_url"] = new Text(),
            ["server_description"] = new Text(),
            ["connector_id"] = new Text(),
            ["tunnel_id"] = new Text(),
            ["authorization"] = new Text(),
            ["headers"] = new OrNull(new Any()),
            ["allowed_tools"] = new OrNull(new Any()),
            ["allowed_callers"] = new OrNull(new Any()),
            ["require_approval"] = new OrNull(new Any()),
            ["defer_loading"] = new Flag(),
        },
        "type");

    public static readonly Shape ToolChoice = new Either(
        new Members(
            new() { ["type"] = new Word("function", "mcp"), ["name"] = new OrNull(new Text()), ["server_label"] = new Text() }, "type"),
        new Word("none", "auto", "required"));

    public static readonly Shape OutputModalities = new List(new Word("text", "audio"), 1);

    public static readonly Shape MaxOutputTokens = new Number(1, 4096, IsWhole: true, OrWord: "inf");

    public static readonly Shape Reasoning = new OrNull(new Members(new() { ["effort"] = new OrNull(new Word("minimal", "low", "medium", "high", "xhigh")) }));

    public static readonly Shape OutputAudio = new Members(new()
    {
        ["format"] = Format,
        ["voice"] = new Either(new Members(new() { ["id"] = new Text() }, "id"), new Word(
            "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")),
        ["speed"] = new Number(0.25, 1.5),
    });

    public static readonly Shape Session = new Members(
        new()
        {
            ["type"] = new Word("realtime", "transcription"),
            ["model"] = new Text(),
            ["output_modalities"] = OutputModalities,
            ["instructions"] = new Text(),
            ["audio"] = new Members(new() { ["input"] = InputAudio, ["output"] = OutputAudio }),
            ["include"] = new OrNull(new List(new Word("item.input_audio_transcription.logprobs"))),
            ["tracing"] = new OrNull(new Either(
                new Members(new() { ["workflow_name"] = new Text(), ["group_id"] = new Text(), ["metadata"] = new Any() }), new Word("auto"))),
            ["tools"] = new List(Tool),
            ["tool_choice"] = ToolChoice,
            ["parallel_tool_calls"] = new Flag(),
            ["reasoning"] = Reasoning,
            ["max_output_tokens"] = MaxOutputTokens,
            ["truncation"] = new Either(
                new Members(
                    new() { ["type"] = new Word("retention_ratio"), ["retention_ratio"] = new Number(0, 1), ["token_limits"] = new OrNull(new Any()) },
                    "type",
                    "retention_ratio"),
                new Word("auto", "disabled")),
            ["prompt"] = new OrNull(new Members(
                new() { ["id"] = new Text(), ["version"] = new OrNull(new Text()), ["variables"] = new OrNull(new Any()) }, "id")),
        },
        "type");

    public static readonly Shape ClientSecretRequest = new Members(new()
    {
        ["expires_after"] = new Members(new() { ["anchor"] = new Word("created_at"), ["seconds"] = new Number(10, 7200, IsWhole: true) }),
        ["session"] = Session,
    });

    private static Shape Format => new Members(
        new() { ["type"] = new Word("audio/pcm", "audio/pcmu", "audio/pcma"), ["rate"] = new Number(24000, 24000, IsWhole: true) }, "type");

    private static Shape InputAudio => new Members(new()
    {
        ["format"] = Format,
        ["transcription"] = new OrNull(new Members(new()
        {
            ["model"] = new Text(),
            ["language"] = new OrNull(new Text()),
            ["languages"] = new OrNull(new List(new Text())),
            ["keywords"] = new OrNull(new List(new Text())),
            ["prompt"] = new OrNull(new Text()),
            ["delay"] = new OrNull(new Word("minimal", "low", "medium", "high", "xhigh")),
        })),
        ["noise_reduction"] = new OrNull(new Members(new() { ["type"] = new Word("near_field", "far_field"), ["strength"] = new OrNull(new Any()) })),
        ["turn_detection"] = new OrNull(new Members(
            new()
            {
                ["type"] = new Word("server_vad", "semantic_vad"),
                ["threshold"] = new Number(0, 1),
                ["prefix_padding_ms"] = new Number(0, IsWhole: true),
                ["silence_duration_ms"] = new Number(0, IsWhole: true),
                ["idle_timeout_ms"] = new OrNull(new Number(5000, 30000, IsWhole: true)),
                ["eagerness"] = new Word("low", "medium", "high", "auto"),
                ["create_response"] = new Flag(),
                ["interrupt_response"] = new Flag(),
            })),
    });
}
