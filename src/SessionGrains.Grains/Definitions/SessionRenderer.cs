using System.Text.Json;
using System.Text.Json.Nodes;
using SessionGrains.Tools;

namespace SessionGrains.Grains.Definitions;

/// <summary>Makes the session object that OpenAI gets, from a definition and the values of one workflow.</summary>
internal static class SessionRenderer
{
    private const string Realtime = "realtime";

    public static JsonObject Render(Definition definition, IReadOnlyDictionary<string, string> values)
    {
        var session = FillObject(definition.Session, values);
        session.Insert(0, "type", Realtime);
        return session;
    }

    /// <summary>Tools as the session object lists them.</summary>
    public static JsonArray Tools(IEnumerable<ToolDeclaration> tools) => [.. tools.Select(tool => new JsonObject
    {
        ["type"] = "function",
        ["name"] = tool.Name,
        ["description"] = tool.Description ?? "",
        ["parameters"] = tool.Parameters is { } schema ? JsonNode.Parse(schema.Text.GetRawText()) : new JsonObject { ["type"] = "object" },
    })];

    private static JsonNode? Fill(JsonElement value, IReadOnlyDictionary<string, string> values) => value.ValueKind switch
    {
        JsonValueKind.Object => FillObject(value, values),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => Fill(item, values))]),
        JsonValueKind.String => JsonValue.Create(PlaceholderText.Fill(value.GetString()!, values)),
        JsonValueKind.Null => null,
        _ => JsonValue.Create(value),
    };

    private static JsonObject FillObject(JsonElement value, IReadOnlyDictionary<string, string> values)
    {
        var filled = new JsonObject();
        foreach (var member in value.EnumerateObject())
        {
            filled[member.Name] = Fill(member.Value, values);
        }

        return filled;
    }
}
