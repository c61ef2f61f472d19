using System.Text.Json.Nodes;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>The items of a session, in order, and what was said in those that are sound only.</summary>
internal sealed class Conversation
{
    private readonly List<JsonObject> items = [];
    private readonly Dictionary<string, string> heard = [];

    public Conversation(IEnumerable<JsonObject>? items = null) => this.items.AddRange(items ?? []);

    public string Id { get; } = $"conv_{RandomId.Next()}";

    public IReadOnlyList<JsonObject> Items => items;

    public string? LastId => items.Count == 0 ? null : IdOf(items[^1]);

    /// <summary>What the conversation ends with, for the model to go by.</summary>
    public LastWords LastWords
    {
        get
        {
            var last = items.Count == 0 ? null : items[^1];
            var output = Is(last, "function_call_output") ? last!["output"]?.GetValue<string>() : null;
            var call = output is null ? null : items.FindLast(i => Is(i, "function_call") && (string?)i["call_id"] == (string?)last!["call_id"]);
            return new LastWords(TextOf(items.FindLast(i => (string?)i["role"] == "user")), (string?)call?["name"], output);
        }
    }

    /// <summary>The size of everything in it, as far as tokens go.</summary>
    public int TextLength => items.Where(i => !heard.ContainsKey(IdOf(i))).Sum(i => TextOf(i)!.Length + LengthOf(i["arguments"]) + LengthOf(i["output"]));

    /// <summary>The number of words that came as sound.</summary>
    public int WordsHeard => items.Sum(i => heard.TryGetValue(IdOf(i), out var words) ? Words.Of(words).Count() : 0);

    public JsonObject? Find(string? itemId) => items.Find(i => IdOf(i) == itemId);

    /// <summary>Puts an item after another one, first (<c>root</c>), or last (null); returns its predecessor.</summary>
    public string? Add(JsonObject item, string? previousItemId = null)
    {
        var index = previousItemId switch
        {
            null => items.Count,
            "root" => 0,
            _ => items.FindIndex(i => IdOf(i) == previousItemId) + 1,
        };
        items.Insert(index, item);
        return index == 0 ? null : IdOf(items[index - 1]);
    }

    public void Remove(JsonObject item) => items.Remove(item);

    public void Hear(string itemId, string transcript) => heard[itemId] = transcript;

    public static string IdOf(JsonObject item) => item["id"]?.GetValue<string>() ?? "";

    private static bool Is(JsonObject? item, string type) => (string?)item?["type"] == type;

    private static int LengthOf(JsonNode? text) => ((string?)text)?.Length ?? 0;

    private string? TextOf(JsonObject? item) => item is null ? null
        : heard.TryGetValue(IdOf(item), out var words) ? words
        : string.Join(' ', (item["content"] as JsonArray ?? []).Select(c => (string?)c?["text"] ?? (string?)c?["transcript"]).Where(t => t is not null));
}
