using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>The responses of a session: one at a time in the conversation, any number beside it.</summary>
internal sealed class Responses(RealtimeSession session)
{
    private readonly List<ResponseRun> running = [];
    private readonly Queue<(JsonObject Item, string? PreviousItemId)> deferred = new();
    private (string ResponseId, string ItemId, int RestMs)? playing;

    /// <summary>Input tokens of the last response: the next one finds them in the cache.</summary>
    public int CachedTokens { get; set; }

    public long TokensUsed { get; set; }

    public ResponseRun? Active => running.Find(r => !r.IsBeside);

    /// <summary>Begins a response as a client asked, or as the end of the user's turn does; the model decides what it says.</summary>
    public OpenAIError? Create(JsonObject wishes) => Begin(wishes, null);

    /// <summary>Begins a response that goes as told.</summary>
    public OpenAIError? Play(Turn turn) => Begin([], turn);

    /// <summary>Adds an item to the conversation; while a response runs there, only after it.</summary>
    public void AddItem(JsonObject item, string? previousItemId)
    {
        if (Active is not null)
        {
            deferred.Enqueue((item, previousItemId));
            return;
        }

        session.Emit(ServerEvents.ItemAdded(item, session.Conversation.Add(item, previousItemId)));
        session.Emit(ServerEvents.ItemDone(item));
    }

    /// <summary>Whether an item of this id waits for the end of a response.</summary>
    public bool HoldBack(string itemId) => deferred.Any(waiting => Conversation.IdOf(waiting.Item) == itemId);

    public OpenAIError? Cancel(string? responseId, string reason)
    {
        if (running.Find(r => responseId is null ? !r.IsBeside : r.Id == responseId) is not { } run)
        {
            return new OpenAIError(400, "Cancellation failed: no active response found", "response_cancel_not_active");
        }

        run.Cancel(reason);
        return null;
    }

    /// <summary>The user speaks: what is being said stops.</summary>
    public void Interrupt()
    {
        Active?.Cancel("turn_detected");
        if (playing is { } cutShort)
        {
            session.Emit(ServerEvents.ItemTruncated(cutShort.ItemId, 0, cutShort.RestMs));
        }

        ClearPlayback();
    }

    public OpenAIError? ClearPlayback()
    {
        if (playing is { } audible)
        {
            playing = null;
            session.Voice.Hush();
            session.Emit(ServerEvents.Playback("cleared", audible.ResponseId));
        }

        return null;
    }

    /// <summary>A call begins to play what the response says.</summary>
    public void StartPlayback(ResponseRun run, string itemId, string text)
    {
        session.HasSpoken = true;
        if (session.Surroundings.HasMedia && playing?.ResponseId != run.Id)
        {
            playing = (run.Id, itemId, session.Voice.Speak(text));
            session.Emit(ServerEvents.Playback("started", run.Id));
        }
    }

    public void Finish(ResponseRun run)
    {
        running.Remove(run);
        while (Active is null && deferred.TryDequeue(out var next))
        {
            AddItem(next.Item, next.PreviousItemId);
        }

        if (playing is { } audible && audible.ResponseId == run.Id)
        {
            StopPlayback(run.Id, audible.RestMs).Watch();
        }
    }

    private OpenAIError? Begin(JsonObject wishes, Turn? turn)
    {
        var isBeside = (string?)wishes["conversation"] == "none";
        if (!isBeside && Active is { } active)
        {
            return new OpenAIError(
                400,
                $"Conversation already has an active response in progress: {active.Id}. Wait until the response is finished before creating a new one.",
                "conversation_already_has_active_response");
        }

        var given = wishes["input"] is JsonArray input ? new Conversation(input.OfType<JsonObject>().Select(Resolve)) : session.Conversation;
        var settings = session.Configuration.DeepClone().AsObject();
        SessionConfiguration.Merge(settings, new JsonObject(wishes.Where(w => settings.ContainsKey(w.Key)).Select(w => KeyValuePair.Create(w.Key, w.Value?.DeepClone()))));
        turn ??= session.Player.Next(settings, given.LastWords);
        var run = new ResponseRun(session, settings, given, turn, isBeside, wishes["metadata"]?.DeepClone());
        running.Add(run);
        run.Start();
        return null;
    }

    private JsonObject Resolve(JsonObject item) =>
        (string?)item["type"] == "item_reference" && session.Conversation.Find((string?)item["id"]) is { } found ? found : item;

    private async Task StopPlayback(string responseId, int restMs)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(restMs), TimeProvider.System);
        session.Do(() =>
        {
            if (playing?.ResponseId == responseId)
            {
                playing = null;
                session.Emit(ServerEvents.Playback("stopped", responseId));
            }
        });
    }
}
