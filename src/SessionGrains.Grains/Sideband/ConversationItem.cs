using System.Text.Json;

namespace SessionGrains.Grains.Sideband;

/// <summary>An item of a conversation, as far as the rules look at it.</summary>
/// <param name="Text">What it says, where that is text: an output, or the first part of a message.</param>
internal sealed record ConversationItem(string? Id, string? Type, string? Role, string? CallId, string? Text)
{
    public const string Output = "function_call_output";
    public const string Call = "function_call";
    public const string Message = "message";
    public const string McpApproval = "mcp_approval_response";

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
        public ConversationItem AsItem() => new(
            item.TextOf("id"),
            item.TextOf("type"),
            item.TextOf("role"),
            item.TextOf("call_id"),
            item.TextOf("output") ?? FirstText(item));

        private string? TextOf(string name) =>
            item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }

    private static string? FirstText(JsonElement item) =>
        item.TryGetProperty("content", out var content) && content.ValueKind is JsonValueKind.Array && content.GetArrayLength() > 0 ? content[0].TextOf("text") : null;
}
