using System.Text.Json;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Reads members of what somebody else wrote, where anything may be missing or of another type.</summary>
public static class JsonMembers
{
    /// <summary>The member of an object; null where there is none.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    /// <summary>The text of a member, as <see cref="Text(JsonElement)"/>.</summary>
    public static string? Text(this JsonElement element, string name) => element.Member(name)?.Text();

    /// <summary>The text; null for anything else, and for one with half a surrogate pair in it: JSON can hold that, and no text can.</summary>
    public static string? Text(this JsonElement element)
    {
        try
        {
            return element.ValueKind is JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
