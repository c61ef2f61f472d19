using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What a JSON value may look like, with OpenAI's words for what is wrong.</summary>
internal abstract record Shape
{
    private Shape()
    {
    }

    /// <summary>The first thing wrong with the value, or null.</summary>
    public abstract OpenAIError? Check(JsonNode? value, string path);

    /// <summary>Any value at all.</summary>
    public sealed record Any : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) => null;
    }

    /// <summary>The shape, or null.</summary>
    public sealed record OrNull(Shape Inner) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) => value is null ? null : Inner.Check(value, path);
    }

    /// <summary>The first shape of the value's own kind.</summary>
    public sealed record Either(Shape ForObject, Shape Otherwise) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) => (value is JsonObject ? ForObject : Otherwise).Check(value, path);
    }

    /// <summary>A text, which may have to match a pattern, or have an end.</summary>
    public sealed record Text(string? Pattern = null, int MaxLength = int.MaxValue) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) =>
            value?.GetValueKind() != JsonValueKind.String ? WrongType("string", value, path)
            : Pattern is not null && !Regex.IsMatch(value.GetValue<string>(), Pattern) ? new OpenAIError(
                400, $"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '{Pattern}'.", "invalid_value", path)
            : value.GetValue<string>().Length > MaxLength ? new OpenAIError(
                400,
                FormattableString.Invariant($"Invalid '{path}': string too long. Expected a string with maximum length {MaxLength}, but got a string with length {value.GetValue<string>().Length} instead."),
                "string_above_max_length",
                path)
            : null;
    }

    /// <summary>One of a list of words.</summary>
    public sealed record Word(params string[] Words) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) =>
            value?.GetValueKind() != JsonValueKind.String ? WrongType("string", value, path)
            : Words.Contains(value.GetValue<string>()) ? null
            : new OpenAIError(
                400,
                $"Invalid value: '{value}'. Supported values are: {string.Join(", ", Words[..^1].Select(w => $"'{w}'"))}{(Words.Length > 1 ? ", and " : "")}'{Words[^1]}'.",
                "invalid_value",
                path);
    }

    /// <summary>True or false.</summary>
    public sealed record Flag : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) =>
            value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : WrongType("boolean", value, path);
    }

    /// <summary>A number within bounds.</summary>
    public sealed record Number(double Min = double.MinValue, double Max = double.MaxValue, bool IsWhole = false, string? OrWord = null) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path)
        {
            var kind = IsWhole ? "integer" : "decimal";
            if (OrWord is not null && value?.GetValueKind() == JsonValueKind.String && value.GetValue<string>() == OrWord)
            {
                return null;
            }

            if (value?.GetValueKind() != JsonValueKind.Number
                || !double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                || (IsWhole && !double.IsInteger(number)))
            {
                return WrongType(IsWhole ? "integer" : "number", value, path);
            }

            return number < Min ? Outside(kind, "below minimum", ">=", Min, number, path, "below_min")
                : number > Max ? Outside(kind, "above maximum", "<=", Max, number, path, "above_max")
                : null;
        }

        private static OpenAIError Outside(string kind, string where, string sign, double bound, double got, string path, string code) => new(
            400,
            FormattableString.Invariant($"Invalid '{path}': {kind} {where} value. Expected a value {sign} {bound}, but got {got} instead."),
            $"{kind}_{code}_value",
            path);
    }

    /// <summary>A list of one shape.</summary>
    public sealed record List(Shape Item, int MaxLength = int.MaxValue) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path) =>
            value is not JsonArray items ? WrongType("array", value, path)
            : items.Count > MaxLength ? new OpenAIError(
                400, $"Invalid '{path}': array too long. Expected an array with maximum length {MaxLength}, but got an array with length {items.Count} instead.", "array_above_max_length", path)
            : items.Select((item, i) => Item.Check(item, $"{path}[{i}]")).FirstOrDefault(e => e is not null);
    }

    /// <summary>An object with these members and no others, some of them needed.</summary>
    public sealed record Members(Dictionary<string, Shape> Known, params string[] Needed) : Shape
    {
        public override OpenAIError? Check(JsonNode? value, string path)
        {
            if (value is not JsonObject members)
            {
                return WrongType("object", value, path);
            }

            string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";
            return Needed.Where(n => !members.ContainsKey(n)).Select(n => OpenAIError.Missing(PathOf(n)))
                .Concat(members.Select(m => Known.TryGetValue(m.Key, out var shape) ? shape.Check(m.Value, PathOf(m.Key)) : OpenAIError.Unknown(PathOf(m.Key))))
                .FirstOrDefault(e => e is not null);
        }
    }

    private static OpenAIError WrongType(string expected, JsonNode? value, string path)
    {
        var got = value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => "null",
            JsonValueKind.Number => double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var n) && double.IsInteger(n) ? "an integer" : "a decimal",
            JsonValueKind.String => "a string",
            JsonValueKind.Array => "an array",
            JsonValueKind.Object => "an object",
            _ => "a boolean",
        };
        var article = "aeiou".Contains(expected[0], StringComparison.Ordinal) ? "an" : "a";
        return new OpenAIError(400, $"Invalid type for '{path}': expected {article} {expected}, but got {got} instead.", "invalid_type", path);
    }
}
