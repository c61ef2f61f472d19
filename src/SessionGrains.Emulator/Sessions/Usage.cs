using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>Counts tokens in a plausible way: text by its length, speech by its duration; what was sent before is cached.</summary>
internal static class Usage
{
    private const int CharactersPerToken = 4;
    private const int AudioTokensPerWord = 8;

    public static int TextTokens(int length) => (length + CharactersPerToken - 1) / CharactersPerToken;

    public static int AudioTokens(int words) => AudioTokensPerWord * words;

    public static JsonObject OfResponse(int inputTextTokens, int inputAudioTokens, int cachedTokens, string said, bool asAudio, int argumentsLength)
    {
        var textOut = TextTokens(said.Length + argumentsLength);
        var audioOut = asAudio && said.Length > 0 ? AudioTokensPerWord * Words.Of(said).Count() : 0;
        var input = inputTextTokens + inputAudioTokens;
        var cachedText = Math.Min(cachedTokens, inputTextTokens);
        return new JsonObject
        {
            ["total_tokens"] = input + textOut + audioOut,
            ["input_tokens"] = input,
            ["output_tokens"] = textOut + audioOut,
            ["input_token_details"] = new JsonObject
            {
                ["text_tokens"] = inputTextTokens,
                ["audio_tokens"] = inputAudioTokens,
                ["image_tokens"] = 0,
                ["cached_tokens"] = cachedText,
                ["cached_tokens_details"] = new JsonObject { ["text_tokens"] = cachedText, ["audio_tokens"] = 0, ["image_tokens"] = 0 },
            },
            ["output_token_details"] = new JsonObject { ["text_tokens"] = textOut, ["audio_tokens"] = audioOut },
        };
    }

    public static JsonObject OfTranscription(string transcript)
    {
        var heard = AudioTokensPerWord * Words.Of(transcript).Count();
        var written = TextTokens(transcript.Length);
        return new JsonObject
        {
            ["type"] = "tokens",
            ["total_tokens"] = heard + written,
            ["input_tokens"] = heard,
            ["input_token_details"] = new JsonObject { ["text_tokens"] = 0, ["audio_tokens"] = heard },
            ["output_tokens"] = written,
        };
    }
}
