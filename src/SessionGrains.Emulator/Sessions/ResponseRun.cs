using System.Text.Json.Nodes;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>One response on its way from <c>response.created</c> to <c>response.done</c>, in the recorded order of events.</summary>
internal sealed class ResponseRun(
    RealtimeSession session, JsonObject settings, Conversation given, Turn turn, bool isBeside, JsonNode? metadata)
{
    private readonly List<JsonObject> output = [];
    private readonly List<IOutputWriter> open = [];
    private bool isOver;

    public string Id { get; } = $"resp_{RandomId.Next()}";

    /// <summary>Beside the conversation: its items do not go into it.</summary>
    public bool IsBeside => isBeside;

    public bool IsSpoken { get; } = (string?)settings["output_modalities"]![0] == "audio";

    public bool SendsAudio => IsSpoken && !session.Surroundings.HasMedia;

    public RealtimeSession Session => session;

    public void Start()
    {
        Emit(ServerEvents.ResponseCreated(View("in_progress", null, null)));
        Play(session.Surroundings.Pacing()).Watch();
    }

    public void Cancel(string reason) => Finish("cancelled", reason);

    public void Emit(JsonObject serverEvent)
    {
        session.Emit(serverEvent);
        if (turn.DuplicateEvents)
        {
            session.Emit(serverEvent);
        }
    }

    /// <summary>Adds an item to the output, and to the conversation unless this response is beside it; returns its index.</summary>
    public int AddItem(JsonObject item)
    {
        output.Add(item);
        Emit(ServerEvents.OutputItemAdded(Id, output.Count - 1, item));
        if (!isBeside)
        {
            Emit(ServerEvents.ItemAdded(item, session.Conversation.Add(item)));
        }

        return output.Count - 1;
    }

    /// <summary>Says that an item will not change any more.</summary>
    public void FinishItem(JsonObject item, int index)
    {
        if (!isBeside)
        {
            Emit(ServerEvents.ItemDone(item));
        }

        Emit(ServerEvents.OutputItemDone(Id, index, item));
    }

    private async Task Play(Pacing pacing)
    {
        var started = TimeProvider.System.GetTimestamp();
        await Wait(turn.DelayMs);
        using var steps = Steps(turn.WordMs ?? pacing.WordMs).GetEnumerator();
        bool hasMore;
        do
        {
            hasMore = false;
            // What stands between two yields happens as one, and not at all once the response or the session is over.
            session.Do(() => hasMore = !isOver && steps.MoveNext());
            await Wait(hasMore ? steps.Current : 0);
        }
        while (hasMore);

        await Wait(pacing.ResponseMs - (int)TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        session.Do(() => Finish(turn.Status, turn.Reason));
    }

    private IEnumerable<int> Steps(int wordMs)
    {
        IOutputWriter? message = turn.Say is { } text ? new MessageWriter(this, text, turn.Phase) : null;
        foreach (var wait in message is null ? [] : Open(message).Write(wordMs))
        {
            yield return wait;
        }

        var calls = turn.Calls.Select(c => (IOutputWriter)new FunctionCallWriter(this, c)).Concat(turn.McpCalls.Select(c => new McpCallWriter(this, c)));
        foreach (var call in calls)
        {
            foreach (var wait in Open(call).Write(wordMs))
            {
                yield return wait;
            }

            // As recorded, a message that comes before a call is finished only after the call's arguments.
            Close(message);
            Close(call);
        }

        if (turn.Status == "completed")
        {
            Close(message);
        }
    }

    private IOutputWriter Open(IOutputWriter writer)
    {
        open.Add(writer);
        return writer;
    }

    private void Close(IOutputWriter? writer)
    {
        if (writer is not null && open.Remove(writer))
        {
            writer.End("completed");
        }
    }

    private void Finish(string status, string? reason)
    {
        if (isOver)
        {
            return;
        }

        isOver = true;
        open.ForEach(writer => writer.End("incomplete"));
        var usage = turn.OmitUsage ? null : turn.Usage?.DeepClone().AsObject() ?? CountTokens();
        Emit(ServerEvents.ResponseDone(View(status, Details(status, reason), usage)));
        Emit(ServerEvents.RateLimits(15_000_000 - session.Responses.TokensUsed));
        session.Responses.Finish(this);
    }

    private JsonObject CountTokens()
    {
        var text = Usage.TextTokens(((string?)settings["instructions"] ?? "").Length + settings["tools"]!.ToJsonString().Length + given.TextLength);
        var said = string.Join(' ', output.Select(i => (string?)i["content"]?[0]?["transcript"] ?? (string?)i["content"]?[0]?["text"]).OfType<string>());
        var argumentsLength = output.Sum(i => ((string?)i["arguments"])?.Length ?? 0);
        var usage = Usage.OfResponse(text, Usage.AudioTokens(given.WordsHeard), session.Responses.CachedTokens, said, IsSpoken, argumentsLength);
        session.Responses.CachedTokens = text;
        session.Responses.TokensUsed += (int)usage["total_tokens"]!;
        return usage;
    }

    private JsonObject? Details(string status, string? reason) => status switch
    {
        "completed" or "in_progress" => null,
        "failed" => new()
        {
            ["type"] = "failed",
            ["error"] = turn.Error?.DeepClone() ?? new JsonObject
            {
                ["type"] = "server_error",
                ["code"] = "server_error",
                ["message"] = "The server had an error while processing your request. Sorry about that!",
            },
        },
        _ => new() { ["type"] = status, ["reason"] = reason ?? (status == "incomplete" ? "max_output_tokens" : "client_cancelled") },
    };

    private JsonObject View(string status, JsonObject? details, JsonObject? usage) => new()
    {
        ["object"] = "realtime.response",
        ["id"] = Id,
        ["status"] = status,
        ["status_details"] = details,
        ["output"] = new JsonArray([.. output.Where(_ => status != "in_progress").Select(i => i.DeepClone())]),
        ["conversation_id"] = isBeside ? null : session.Conversation.Id,
        ["output_modalities"] = settings["output_modalities"]!.DeepClone(),
        ["max_output_tokens"] = settings["max_output_tokens"]!.DeepClone(),
        ["audio"] = new JsonObject
        {
            ["output"] = new JsonObject
            {
                ["format"] = settings["audio"]!["output"]!["format"]!.DeepClone(),
                ["voice"] = settings["audio"]!["output"]!["voice"]!.DeepClone(),
            },
        },
        ["usage"] = usage,
        ["metadata"] = metadata?.DeepClone(),
    };

    private static Task Wait(int ms) => ms > 0 ? Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System) : Task.CompletedTask;
}
