using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SessionGrains.Local;

/// <summary>An order's number as models say it: 42 or "42".</summary>
[JsonConverter(typeof(EitherForm))]
internal readonly record struct OrderNumber(string Text)
{
    public const int MaxLength = 32;

    /// <summary>The schema of both forms, which the converter hides from whoever derives schemas from types.</summary>
    public static JsonNode Schema => new JsonObject { ["type"] = new JsonArray("string", "integer"), ["minLength"] = 1, ["maxLength"] = MaxLength };

    public override string ToString() => Text;

    private sealed class EitherForm : JsonConverter<OrderNumber>
    {
        public override OrderNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.TokenType is JsonTokenType.Number ? JsonElement.ParseValue(ref reader).GetRawText() : reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, OrderNumber value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
    }
}
