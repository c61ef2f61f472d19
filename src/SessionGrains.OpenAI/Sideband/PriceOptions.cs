using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>What OpenAI's models cost.</summary>
public sealed class PriceOptions
{
    /// <summary>The section, which holds one subsection per model: <c>SessionGrains:Prices:gpt-realtime-2.1:TextIn</c>.</summary>
    public const string Section = "SessionGrains:Prices";

    /// <summary>The prices by model, without a date. Default: OpenAI's list prices of November 2026.</summary>
    public Dictionary<string, ModelPrice> Models { get; } = new(StringComparer.Ordinal)
    {
        ["gpt-realtime-2.1"] = Full(),
        ["gpt-realtime-2"] = Full(),
        ["gpt-realtime-2.1-mini"] = new()
        {
            TextIn = 0.60m,
            TextCached = 0.06m,
            TextOut = 2.40m,
            AudioIn = 10m,
            AudioCached = 0.30m,
            AudioOut = 20m,
            ImageIn = 0.80m,
            ImageCached = 0.08m,
        },
        ["gpt-realtime-1.5"] = new() { TextIn = 4m, TextCached = 0.40m, TextOut = 16m, AudioIn = 32m, AudioCached = 0.40m, AudioOut = 64m },
        ["gpt-4o-transcribe"] = new() { TextIn = 2.50m, TextCached = 2.50m, TextOut = 10m, AudioIn = 2.50m, AudioCached = 2.50m },
        ["gpt-4o-mini-transcribe"] = new() { TextIn = 1.25m, TextCached = 1.25m, TextOut = 5m, AudioIn = 1.25m, AudioCached = 1.25m },
        ["gpt-transcribe"] = new() { Minute = 0.0045m },
        ["gpt-realtime-whisper"] = new() { Minute = 0.017m },
        ["whisper-1"] = new() { Minute = 0.006m },
    };

    private static ModelPrice Full() => new()
    {
        TextIn = 4m,
        TextCached = 0.40m,
        TextOut = 24m,
        AudioIn = 32m,
        AudioCached = 0.40m,
        AudioOut = 64m,
        ImageIn = 5m,
        ImageCached = 0.50m,
    };
}

/// <summary>US dollars per million tokens, or per minute. What a model has no price for is counted at the dearest price known.</summary>
public sealed class ModelPrice
{
    /// <summary>Text that goes in.</summary>
    public decimal? TextIn { get; set; }

    /// <summary>Text that goes in again.</summary>
    public decimal? TextCached { get; set; }

    /// <summary>Text that comes out.</summary>
    public decimal? TextOut { get; set; }

    /// <summary>Speech that goes in.</summary>
    public decimal? AudioIn { get; set; }

    /// <summary>Speech that goes in again.</summary>
    public decimal? AudioCached { get; set; }

    /// <summary>Speech that comes out.</summary>
    public decimal? AudioOut { get; set; }

    /// <summary>Images that go in.</summary>
    public decimal? ImageIn { get; set; }

    /// <summary>Images that go in again.</summary>
    public decimal? ImageCached { get; set; }

    /// <summary>A minute of sound, where a model is paid by time.</summary>
    public decimal? Minute { get; set; }

    internal IEnumerable<decimal?> All => [TextIn, TextCached, TextOut, AudioIn, AudioCached, AudioOut, ImageIn, ImageCached, Minute];
}

/// <summary>A negative price would let a budget last for ever.</summary>
internal sealed class PriceValidator : IValidateOptions<PriceOptions>
{
    public ValidateOptionsResult Validate(string? name, PriceOptions options) =>
        options.Models.FirstOrDefault(model => model.Value.All.Any(price => price < 0)).Key is { } model
            ? ValidateOptionsResult.Fail($"{PriceOptions.Section}:{model} has a negative price.")
            : ValidateOptionsResult.Success;
}
