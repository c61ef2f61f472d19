using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Scenarios;

/// <summary>What the model does in one response: it may say something, then call tools.</summary>
internal sealed record Turn
{
    /// <summary>When this turn fits; without it, always.</summary>
    public Condition? When { get; init; }

    /// <summary>Stays available after it was used.</summary>
    public bool Repeat { get; init; }

    public string? Say { get; init; }

    /// <summary>commentary or final_answer.</summary>
    public string? Phase { get; init; }

    public IReadOnlyList<FunctionCall> Calls { get; init; } = [];

    public IReadOnlyList<McpCall> McpCalls { get; init; } = [];

    /// <summary>completed, failed, incomplete or cancelled.</summary>
    public string Status { get; init; } = "completed";

    /// <summary>Why it is incomplete (max_output_tokens, content_filter) or cancelled (turn_detected, client_cancelled).</summary>
    public string? Reason { get; init; }

    /// <summary>What a failed response says: type, code, message.</summary>
    public JsonObject? Error { get; init; }

    /// <summary>Waits before the first word.</summary>
    public int DelayMs { get; init; }

    /// <summary>The time from one delta to the next, in place of the usual one.</summary>
    public int? WordMs { get; init; }

    /// <summary>Usage to report in place of the counted one.</summary>
    public JsonObject? Usage { get; init; }

    /// <summary>Reports no usage at all.</summary>
    public bool OmitUsage { get; init; }

    /// <summary>Sends each event of this response twice.</summary>
    public bool DuplicateEvents { get; init; }
}

/// <summary>What must have happened for a turn to fit; all that is given must hold.</summary>
internal sealed record Condition
{
    /// <summary>The user's last words contain this.</summary>
    public string? UserSays { get; init; }

    /// <summary>The last item is the output of this tool.</summary>
    public string? AfterTool { get; init; }

    /// <summary>The last tool output contains this.</summary>
    public string? OutputContains { get; init; }
}

/// <summary>One function call; arguments are an object, or a string to send as it is, valid or not.</summary>
internal sealed record FunctionCall
{
    public required string Name { get; init; }

    public JsonNode? Arguments { get; init; }

    /// <summary>The id to use, to repeat an earlier one for example.</summary>
    public string? CallId { get; init; }

    public string ArgumentsText => Arguments switch
    {
        null => "{}",
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => Arguments.ToJsonString(),
    };
}

/// <summary>One tool call that OpenAI itself sends to an MCP server.</summary>
internal sealed record McpCall
{
    public required string ServerLabel { get; init; }

    public required string Name { get; init; }

    public JsonObject Arguments { get; init; } = [];

    public string? Output { get; init; }

    public JsonObject? Error { get; init; }

    /// <summary>Asks for approval in place of the call.</summary>
    public bool NeedsApproval { get; init; }
}
