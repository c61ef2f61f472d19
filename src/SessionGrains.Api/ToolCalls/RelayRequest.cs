using SessionGrains.Api.Bodies;

namespace SessionGrains.Api.ToolCalls;

/// <summary>The body of a relayed tool call. Whether the tool exists and the arguments fit it is the grain's to say.</summary>
internal sealed record RelayRequest(ToolCallId CallId, string Name, string ArgumentsJson) : IJsonRequest<RelayRequest>
{
    /// <summary>Longer than any tool's name, so that an odd one is refused like an unknown one.</summary>
    public const int MaxName = 256;

    public static bool MayBeEmpty => false;

    public static RelayRequest Read(JsonMembers members) => new(
        members.Parsed<ToolCallId>(
            "call_id", $"A tool call id is needed here: letters, digits, _, - or ., at most {ToolCallId.MaxLength} characters."),
        members.Text("name", MaxName),
        members.JsonText("arguments"));

    public override string ToString() => $"{CallId} {Name}";
}
