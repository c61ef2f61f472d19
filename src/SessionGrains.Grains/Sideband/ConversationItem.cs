using System.Text.Json;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>An item of a conversation, as far as the rules look at it.</summary>
/// <param name="Text">What it says, where that is text: an output, or the first part of a message.</param>
/// <param name="Parts">Of how many parts a message consists.</param>
internal sealed record ConversationItem(string? Id, string? Type, string? Role, string? CallId, string? Text, int Parts = 0)
{
    public const string Output = "function_call_output";
    public const string Call = "function_call";
    public const string Message = "message";
    public const string McpApproval = "mcp_approval_response";

    /// <summary>The answer to a tool call, as we send it.</summary>
    public static ConversationItem OurOutput(string id, string callId, string output) => new(id, Output, Role: null, callId, output.Trim());

    /// <summary>What we tell the model, as we send it.</summary>
    public static ConversationItem OurMessage(string id, string text) => new(id, Message, "system", CallId: null, text.Trim());

    /// <summary>What it is, in words for the audit trail.</summary>
    public string Kind => Type is Message ? $"{Role ?? "unknown"} {Message}" : Type ?? "unknown";

    /// <summary>Whether only the model says such a thing.</summary>
    public bool IsModels => Type is Call || (Type is Message && Role is "assistant");

    public override string ToString() => Kind;
}

/// <summary>Reads items, in which anything may be missing.</summary>
internal static class ConversationItems
{
    extension(JsonElement item)
    {
        public ConversationItem AsItem()
        {
            var content = item.Member("content") is { ValueKind: JsonValueKind.Array } parts ? parts : (JsonElement?)null;
            return new(
                item.Text("id"),
                item.Text("type"),
                item.Text("role"),
                item.Text("call_id"),
                item.Text("output") ?? content?.EnumerateArray().FirstOrDefault().Text("text"),
                content?.GetArrayLength() ?? 0);
        }
    }
}
