using System.Diagnostics;
using System.Diagnostics.Metrics;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>What operators count of sidebands: how many are held and work, how they are lost, and what browsers try.</summary>
internal sealed class SidebandMetrics
{
    public const string MeterName = "SessionGrains.Sidebands";

    private readonly UpDownCounter<int> held;
    private readonly UpDownCounter<int> working;
    private readonly Counter<long> lost;
    private readonly Counter<long> reattached;
    private readonly Counter<long> violations;
    private readonly Histogram<double> readiness;
    private readonly Counter<double> cost;
    private readonly Histogram<long> tokens;

    public SidebandMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        held = meter.CreateUpDownCounter<int>("sessiongrains.sidebands.held", "{call}", "Calls whose sideband this silo holds, attached or not.");
        working = meter.CreateUpDownCounter<int>("sessiongrains.sidebands.working", "{call}", "Calls whose sideband is attached and answers.");
        lost = meter.CreateCounter<long>("sessiongrains.sidebands.lost", "{sideband}", "Sidebands that closed, while their call may go on.");
        reattached = meter.CreateCounter<long>("sessiongrains.sidebands.reattached", "{sideband}", "Sidebands that were attached again, after a loss or to a call that was taken over.");
        violations = meter.CreateCounter<long>("sessiongrains.sidebands.violations", "{violation}", "Changes that the policy does not explain.");
        readiness = meter.CreateHistogram(
            "sessiongrains.sidebands.readiness", "s", "Time from the beginning, or the loss, to a sideband that answers.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60] });
        cost = meter.CreateCounter<double>("sessiongrains.usage.cost", "{USD}", "What calls have cost by the price table, as far as it was heard.");
        tokens = meter.CreateHistogram(
            "gen_ai.client.token.usage", "{token}", "Tokens of one response or transcription.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [16, 64, 256, 1024, 4096, 16384, 65536] });
    }

    public void Held(int change) => held.Add(change);

    public void Working(int change) => working.Add(change);

    public void Lost(CloseKind kind) => lost.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    public void Reattached() => reattached.Add(1);

    /// <param name="model">A model of the price table; others are named by callers, and count as one.</param>
    public void Used(string? model, Usage usage, decimal costUsd)
    {
        var name = new KeyValuePair<string, object?>("gen_ai.request.model", model ?? "other");
        cost.Add((double)costUsd, name);
        Count("input", usage.InputTokens);
        Count("output", usage.OutputTokens);

        void Count(string type, long count) => tokens.Record(
            count,
            new TagList { { "gen_ai.operation.name", "generate_content" }, { "gen_ai.provider.name", "openai" }, { "gen_ai.token.type", type }, { name.Key, name.Value } });
    }

    public void Violated(string answer) => violations.Add(1, new KeyValuePair<string, object?>("answer", answer));

    public void Ready(TimeSpan after) => readiness.Record(after.TotalSeconds);
}
