using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>Turns usage into US dollars. In doubt it says too much: it guards a budget.</summary>
public sealed class Prices
{
    private const decimal Million = 1_000_000m;

    private readonly IReadOnlyDictionary<string, ModelPrice> _models;
    private readonly ModelPrice _dearest;

    public Prices(IOptions<PriceOptions> options)
    {
        _models = options.Value.Models;
        _dearest = new ModelPrice
        {
            TextIn = Dearest(model => model.TextIn),
            TextCached = Dearest(model => model.TextCached),
            TextOut = Dearest(model => model.TextOut),
            AudioIn = Dearest(model => model.AudioIn),
            AudioCached = Dearest(model => model.AudioCached),
            AudioOut = Dearest(model => model.AudioOut),
            ImageIn = Dearest(model => model.ImageIn),
            ImageCached = Dearest(model => model.ImageCached),
            Minute = Dearest(model => model.Minute),
        };
    }

    /// <summary>Whether the table has this model or the one that it is a dated snapshot of; the cost of any other is an estimate.</summary>
    public bool Knows(string model) => Find(model) is not null;

    /// <summary>What the usage costs, in US dollars; for a model that is not known, at the dearest price of each kind.</summary>
    public decimal Cost(string model, Usage usage)
    {
        var price = Find(model) ?? _dearest;
        return ((Fresh(usage.InputText, usage.CachedText) * Of(price, p => p.TextIn))
            + (usage.CachedText * Of(price, p => p.TextCached))
            + (Fresh(usage.InputAudio, usage.CachedAudio) * Of(price, p => p.AudioIn))
            + (usage.CachedAudio * Of(price, p => p.AudioCached))
            + (Fresh(usage.InputImage, usage.CachedImage) * Of(price, p => p.ImageIn))
            + (usage.CachedImage * Of(price, p => p.ImageCached))
            + (usage.OutputText * Of(price, p => p.TextOut))
            + (usage.OutputAudio * Of(price, p => p.AudioOut))
            // Tokens that no detail accounts for are taken for speech, the dearest kind.
            + (Fresh(usage.InputTokens, usage.InputText + usage.InputAudio + usage.InputImage) * Of(price, p => p.AudioIn))
            + (Fresh(usage.OutputTokens, usage.OutputText + usage.OutputAudio) * Of(price, p => p.AudioOut))) / Million
            + ((decimal)usage.Seconds / 60m * Of(price, p => p.Minute));
    }

    private static long Fresh(long all, long part) => Math.Max(0, all - part);

    private ModelPrice? Find(string model) => _models.GetValueOrDefault(model) ?? _models.GetValueOrDefault(ModelNames.WithoutDate(model));

    private decimal Of(ModelPrice price, Func<ModelPrice, decimal?> kind) => kind(price) ?? kind(_dearest) ?? 0;

    private decimal Dearest(Func<ModelPrice, decimal?> kind) => _models.Values.Max(kind) ?? 0;
}
