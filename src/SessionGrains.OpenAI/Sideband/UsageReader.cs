using System.Text.Json;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Reads the usage of a response or of a transcription. What is missing or odd counts as zero.</summary>
internal static class UsageReader
{
    public static Usage? Response(JsonElement parent) => Read(parent, outputIsText: false);

    /// <summary>A transcription puts out text and does not say so.</summary>
    public static Usage? Transcription(JsonElement parent) => Read(parent, outputIsText: true);

    private static Usage? Read(JsonElement parent, bool outputIsText)
    {
        if (parent.Member("usage") is not { ValueKind: JsonValueKind.Object } usage)
        {
            return null;
        }

        var input = usage.Member("input_token_details");
        var cached = input?.Member("cached_tokens_details");
        var output = usage.Member("output_token_details");
        var outputTokens = Count(usage, "output_tokens");
        return new Usage(
            Count(usage, "input_tokens"),
            outputTokens,
            Count(input, "text_tokens"),
            Count(input, "audio_tokens"),
            Count(input, "image_tokens"),
            Count(cached, "text_tokens"),
            Count(cached, "audio_tokens"),
            Count(cached, "image_tokens"),
            outputIsText && output is null ? outputTokens : Count(output, "text_tokens"),
            Count(output, "audio_tokens"),
            usage.Member("seconds") is { ValueKind: JsonValueKind.Number } seconds && seconds.TryGetDouble(out var value) && value > 0 && double.IsFinite(value) ? value : 0);
    }

    private static long Count(JsonElement? element, string name) =>
        element?.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) && value > 0 ? value : 0;
}
