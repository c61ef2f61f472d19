using Microsoft.Extensions.Options;
using SessionGrains.Grains.Sideband;
using SessionGrains.OpenAI.Sideband;
using Xunit;
using static SessionGrains.Grains.Tests.Sideband.Told;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>What a call used, and whether that is certain.</summary>
public sealed class UsageMeterTests
{
    private static readonly Usage Million = Usage.None with { InputTokens = 1_000_000, InputAudio = 1_000_000, OutputTokens = 1_000_000, OutputAudio = 1_000_000 };

    [Fact]
    public void Responses_are_counted_when_they_begin_and_priced_when_they_end()
    {
        var meter = Meter();

        Assert.True(meter.Hear(Started("resp_1")));
        Assert.Equal(Consumption.None with { Responses = 1 }, meter.Total);
        Assert.True(meter.Hear(Done("resp_1", usage: Million)));
        Assert.Equal(new Consumption(1, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 96m, IsEstimated: false), meter.Total);
    }

    [Fact]
    public void What_is_told_twice_counts_once()
    {
        var meter = Meter();
        SidebandEvent[] told = [Started("resp_1"), Done("resp_1", usage: Million), new SidebandEvent.TranscriptionUsage("i", Usage.None with { Seconds = 60 })];
        Array.ForEach(told, once => meter.Hear(once));
        var total = meter.Total;

        Assert.All(told, again => Assert.False(meter.Hear(again)));
        Assert.Equal(total, meter.Total);
    }

    [Fact]
    public void Transcription_costs_what_its_own_model_costs()
    {
        var meter = Meter(transcription: "whisper-1");

        meter.Hear(new SidebandEvent.TranscriptionUsage("i", Usage.None with { Seconds = 60 }));
        Assert.Equal(0.006m, meter.Total.CostUsd);
        meter.TranscribedBy("gpt-realtime-whisper");
        meter.TranscribedBy(null);
        meter.Hear(new SidebandEvent.TranscriptionUsage("j", Usage.None with { Seconds = 60 }));

        Assert.Equal(0.023m, meter.Total.CostUsd);
        Assert.False(meter.Total.IsEstimated);
    }

    [Fact]
    public void It_is_an_estimate_after_a_gap()
    {
        var meter = Meter();
        meter.Gap();
        meter.Hear(Started("resp_1"));

        Assert.True(meter.Total.IsEstimated);
    }

    [Fact]
    public void It_is_an_estimate_where_a_response_says_nothing_of_its_usage()
    {
        var meter = Meter();
        meter.Hear(Started("resp_1"));

        Assert.True(meter.Hear(Done("resp_1")));
        Assert.True(meter.Total.IsEstimated);
    }

    [Fact]
    public void It_is_an_estimate_where_a_response_began_unheard()
    {
        var meter = Meter();

        meter.Hear(Done("resp_1", usage: Million));

        Assert.Equal(1, meter.Total.Responses);
        Assert.True(meter.Total.IsEstimated);
    }

    [Fact]
    public void It_is_an_estimate_where_nobody_knows_the_price()
    {
        var meter = Meter(model: "gpt-of-tomorrow");
        meter.Hear(Started("resp_1"));
        meter.Hear(Done("resp_1", usage: Million));

        Assert.True(meter.Total.IsEstimated);
        Assert.True(meter.Total.CostUsd >= 96m);
    }

    private static UsageMeter Meter(string model = "gpt-realtime-2.1", string? transcription = null) =>
        new(new Prices(Options.Create(new PriceOptions())), model, transcription);
}
