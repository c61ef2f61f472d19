using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>What usage costs.</summary>
public sealed class PricesTests
{
    private static readonly Usage Million = new(3_000_000, 2_000_000, 1_000_000, 1_000_000, 1_000_000, 500_000, 250_000, 100_000, 1_000_000, 1_000_000, 0);

    [Theory]
    // (text − cached) + cached + (audio − cached) + cached + (image − cached) + cached + text out + audio out
    [InlineData("gpt-realtime-2.1", 2.0 + 0.20 + 24.0 + 0.10 + 4.5 + 0.05 + 24 + 64)]
    [InlineData("gpt-realtime-2", 2.0 + 0.20 + 24.0 + 0.10 + 4.5 + 0.05 + 24 + 64)]
    [InlineData("gpt-realtime-2.1-mini", 0.30 + 0.03 + 7.5 + 0.075 + 0.72 + 0.008 + 2.4 + 20)]
    [InlineData("gpt-realtime-2.1-mini-2026-05-01", 0.30 + 0.03 + 7.5 + 0.075 + 0.72 + 0.008 + 2.4 + 20)]
    [InlineData("gpt-realtime-1.5", 2.0 + 0.20 + 24.0 + 0.10 + 4.5 + 0.05 + 16 + 64)]
    public void Each_kind_of_token_has_its_price_and_cached_ones_are_cheaper(string model, double dollars)
    {
        Assert.Equal((decimal)dollars, Of().Cost(model, Million));
        Assert.True(Of().Knows(model));
    }

    [Fact]
    public void A_model_that_is_not_known_costs_the_dearest_price_of_each_kind_and_is_flagged()
    {
        var prices = Of(("SessionGrains:Prices:odd:TextIn", "1000"));

        Assert.False(prices.Knows("gpt-next"));
        // Cached tokens cost most where nothing is cached at a discount: 2.50 for a transcription.
        Assert.Equal(500m + (0.5m * 2.50m) + 24m + (0.25m * 2.50m) + 4.5m + 0.05m + 24m + 64m, prices.Cost("gpt-next", Million));
    }

    [Fact]
    public void Tokens_that_no_detail_accounts_for_count_as_speech() =>
        Assert.Equal(32m + 64m, Of().Cost("gpt-realtime-2.1", Usage.None with { InputTokens = 1_000_000, OutputTokens = 1_000_000 }));

    [Theory]
    [InlineData("whisper-1", 0.006)]
    [InlineData("gpt-transcribe", 0.0045)]
    [InlineData("gpt-realtime-2.1", 0.017)]
    public void Time_is_paid_by_the_minute(string model, double dollars) =>
        Assert.Equal((decimal)dollars, Of().Cost(model, Usage.None with { Seconds = 60 }));

    [Fact]
    public void A_transcription_by_tokens_costs_what_its_model_does() =>
        Assert.Equal(2.50m + 10m, Of().Cost("gpt-4o-transcribe", Usage.None with { InputTokens = 1_000_000, InputAudio = 1_000_000, OutputTokens = 1_000_000, OutputText = 1_000_000 }));

    [Fact]
    public void Nothing_costs_nothing() => Assert.Equal(0, Of().Cost("gpt-realtime-2.1", Usage.None));

    [Fact]
    public void Configuration_changes_one_price_and_leaves_the_others()
    {
        var prices = Of(("SessionGrains:Prices:gpt-realtime-2.1:TextOut", "30"), ("SessionGrains:Prices:own:AudioOut", "1"));

        Assert.Equal(30m, prices.Cost("gpt-realtime-2.1", Usage.None with { OutputTokens = 1_000_000, OutputText = 1_000_000 }));
        Assert.Equal(64m, prices.Cost("gpt-realtime-2.1", Usage.None with { OutputTokens = 1_000_000, OutputAudio = 1_000_000 }));
        Assert.Equal(1m, prices.Cost("own", Usage.None with { OutputTokens = 1_000_000, OutputAudio = 1_000_000 }));
    }

    [Fact]
    public void A_negative_price_is_refused() =>
        Assert.Contains("gpt-realtime-2.1", Assert.Throws<OptionsValidationException>(
            () => Of(("SessionGrains:Prices:gpt-realtime-2.1:AudioOut", "-1"))).Message, StringComparison.Ordinal);

    private static Prices Of(params (string Name, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)))
            .Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddOpenAI().BuildServiceProvider();
        return services.GetRequiredService<Prices>();
    }
}
