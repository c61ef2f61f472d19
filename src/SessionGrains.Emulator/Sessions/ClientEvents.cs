using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What a session does with each client event.</summary>
internal sealed class ClientEvents(RealtimeSession session)
{
    public void Handle(JsonObject? clientEvent)
    {
        if (clientEvent is null)
        {
            Refuse(new OpenAIError(400, "The event could not be parsed as a JSON object.", "invalid_event"), null);
            return;
        }

        var eventId = clientEvent["event_id"] is JsonValue value && value.TryGetValue(out string? id) ? id : null;
        var refusal = ClientEventShape.Check(clientEvent) ?? clientEvent["type"]!.GetValue<string>() switch
        {
            "session.update" => Update(clientEvent["session"]!.AsObject()),
            "input_audio_buffer.append" => session.Input.Append(clientEvent["audio"]!.GetValue<string>()),
            "input_audio_buffer.commit" => session.Input.Commit(),
            "input_audio_buffer.clear" => session.Input.Clear(),
            "output_audio_buffer.clear" => session.Responses.ClearPlayback(),
            "conversation.item.create" => Create(clientEvent),
            "conversation.item.retrieve" => Retrieve(clientEvent["item_id"]!.GetValue<string>()),
            "conversation.item.delete" => Delete(clientEvent["item_id"]!.GetValue<string>()),
            "conversation.item.truncate" => Truncate(clientEvent),
            "response.create" => session.Responses.Create(clientEvent["response"] as JsonObject ?? []),
            "response.cancel" => session.Responses.Cancel((string?)clientEvent["response_id"], "client_cancelled"),
            _ => null,
        };
        if (refusal is not null)
        {
            Refuse(refusal, eventId);
        }
    }

    private void Refuse(OpenAIError error, string? eventId) =>
        session.Emit(ServerEvents.Error(error.Code, error.Message, error.Param, eventId));

    private OpenAIError? Update(JsonObject patch)
    {
        var voice = patch["audio"]?["output"]?["voice"];
        if (session.HasSpoken && voice is not null && !JsonNode.DeepEquals(voice, session.Configuration["audio"]!["output"]!["voice"]))
        {
            return new OpenAIError(400, "Cannot update a conversation's voice if assistant audio is present.", "cannot_update_voice", "session.audio.output.voice");
        }

        var changes = patch.DeepClone().AsObject();
        changes.Remove("model");   // the official client sends it with every update; it changes nothing
        SessionConfiguration.Merge(session.Configuration, changes);
        session.Emit(ServerEvents.SessionUpdated(session.Configuration));
        if (patch.ContainsKey("tools"))
        {
            McpToolLists.Announce(session);
        }

        return null;
    }

    private OpenAIError? Create(JsonObject clientEvent)
    {
        var item = clientEvent["item"]!.DeepClone().AsObject();
        var previousItemId = (string?)clientEvent["previous_item_id"];
        if (previousItemId is not (null or "root") && session.Conversation.Find(previousItemId) is null)
        {
            return new OpenAIError(400, $"Error adding item: the previous item with id '{previousItemId}' does not exist.", "item_create_invalid_previous_item_id", "previous_item_id");
        }

        if (item["id"] is JsonValue given && (session.Conversation.Find(given.GetValue<string>()) is not null || session.Responses.HoldBack(given.GetValue<string>())))
        {
            return new OpenAIError(400, $"Error adding item: an item with id '{given}' already exists.", "item_create_duplicate_item_id", "item.id");
        }

        session.Responses.AddItem(Items.Complete(item), previousItemId);
        return null;
    }

    private OpenAIError? Retrieve(string itemId)
    {
        if (session.Conversation.Find(itemId) is not { } item)
        {
            return NoItem("retrieving", "retrieve", itemId);
        }

        session.Emit(ServerEvents.ItemRetrieved(item));
        return null;
    }

    private OpenAIError? Delete(string itemId)
    {
        if (session.Conversation.Find(itemId) is not { } item)
        {
            return NoItem("deleting", "delete", itemId);
        }

        session.Conversation.Remove(item);
        session.Emit(ServerEvents.ItemDeleted(itemId));
        return null;
    }

    private OpenAIError? Truncate(JsonObject clientEvent)
    {
        var itemId = clientEvent["item_id"]!.GetValue<string>();
        if (session.Conversation.Find(itemId) is not { } item)
        {
            return NoItem("truncating", "truncate", itemId);
        }

        if ((string?)item["role"] != "assistant")
        {
            return new OpenAIError(400, "Only model output audio messages can be truncated.", "invalid_value", "item_id");
        }

        session.Emit(ServerEvents.ItemTruncated(itemId, (int)clientEvent["content_index"]!, (int)clientEvent["audio_end_ms"]!));
        return null;
    }

    private static OpenAIError NoItem(string doing, string verb, string itemId) => new(
        400, $"Error {doing} item: the item with id '{itemId}' does not exist.", $"item_{verb}_invalid_item_id", "item_id");
}
