using System.Text.Json.Nodes;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Builds what we send on a sideband.</summary>
public static class ClientEvents
{
    /// <summary>Changes the members that are given, and no others.</summary>
    public static JsonObject SessionUpdate(JsonObject session, string? eventId = null)
    {
        var copy = session.DeepClone().AsObject();
        copy["type"] = "realtime";   // OpenAI refuses an update without it.
        return Event("session.update", eventId, ("session", copy));
    }

    /// <summary>Answers a function call; the model does not go on before a response is created.</summary>
    /// <param name="itemId">The id that the answer gets, at most 32 characters; a second item of the same id is refused.</param>
    public static JsonObject FunctionCallOutput(string callId, string output, string? eventId = null, string? itemId = null) =>
        Item(eventId, itemId, new JsonObject { ["type"] = "function_call_output", ["call_id"] = callId, ["output"] = output });

    /// <summary>Puts a text into the conversation, as <c>system</c> or <c>user</c>.</summary>
    /// <param name="itemId">The id that the message gets, at most 32 characters.</param>
    public static JsonObject Message(string role, string text, string? eventId = null, string? itemId = null) => Item(eventId, itemId, new JsonObject
    {
        ["type"] = "message",
        ["role"] = role,
        ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text }),
    });

    /// <summary>Asks for an item as it is now.</summary>
    public static JsonObject ItemRetrieve(string itemId, string? eventId = null) => Event("conversation.item.retrieve", eventId, ("item_id", itemId));

    /// <summary>Takes an item out of the conversation.</summary>
    public static JsonObject ItemDelete(string itemId, string? eventId = null) => Event("conversation.item.delete", eventId, ("item_id", itemId));

    /// <summary>Lets the model speak; refused while a response is active.</summary>
    /// <param name="overrides">What this response does differently from the session.</param>
    public static JsonObject ResponseCreate(JsonObject? overrides = null, string? eventId = null) =>
        Event("response.create", eventId, ("response", overrides?.DeepClone()));

    /// <summary>Stops a response, or the one that is active.</summary>
    public static JsonObject ResponseCancel(string? responseId = null, string? eventId = null) => Event("response.cancel", eventId, ("response_id", responseId));

    private static JsonObject Item(string? eventId, string? itemId, JsonObject item)
    {
        if (itemId is not null)
        {
            item.Insert(0, "id", itemId);
        }

        return Event("conversation.item.create", eventId, ("item", item));
    }

    private static JsonObject Event(string type, string? eventId, (string Name, JsonNode? Value) member)
    {
        var made = new JsonObject { ["type"] = type };
        if (eventId is not null)
        {
            made["event_id"] = eventId;
        }

        if (member.Value is not null)
        {
            made[member.Name] = member.Value;
        }

        return made;
    }
}
