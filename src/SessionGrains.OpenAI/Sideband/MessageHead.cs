using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>What the beginning of a message says: its type, and of an item what it is.</summary>
/// <param name="Item">The texts that are members of the item itself; null where there is none.</param>
internal readonly record struct MessageHead(string? Type, string? PreviousItemId, JsonElement? Item)
{
    /// <summary>Deeper than anybody writes, and not so deep that a walk through it needs more stack than there is.</summary>
    public const int Deepest = 1024;

    public static MessageHead Of(ReadOnlySpan<byte> beginning)
    {
        var reader = new Utf8JsonReader(beginning, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = Deepest }));
        var (outer, inner, item) = (new Dictionary<string, string?>(), new JsonObject(), false);
        try
        {
            string? name = null;
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName when reader.CurrentDepth <= 2:
                        name = reader.GetString();
                        item = reader.CurrentDepth is 1 ? name is "item" : item;
                        break;
                    case JsonTokenType.String when reader.CurrentDepth is 1:
                        outer[name!] = reader.GetString();
                        break;
                    case JsonTokenType.String when reader.CurrentDepth is 2 && item:
                        inner[name!] = reader.GetString();
                        break;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What came before it counts.
        }

        return new(outer.GetValueOrDefault("type"), outer.GetValueOrDefault("previous_item_id"), inner.Count is 0 ? null : JsonSerializer.SerializeToElement(inner));
    }
}
