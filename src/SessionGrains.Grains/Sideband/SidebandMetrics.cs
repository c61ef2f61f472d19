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
    private readonly Counter<long> violations;
    private readonly Histogram<double> readiness;

    public SidebandMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        held = meter.CreateUpDownCounter<int>("sessiongrains.sidebands.held", "{call}", "Calls whose sideband this silo holds, attached or not.");
        working = meter.CreateUpDownCounter<int>("sessiongrains.sidebands.working", "{call}", "Calls whose sideband is attached and answers.");
        lost = meter.CreateCounter<long>("sessiongrains.sidebands.lost", "{sideband}");
        violations = meter.CreateCounter<long>("sessiongrains.sidebands.violations", "{violation}", "Changes that the policy does not explain.");
        readiness = meter.CreateHistogram<double>("sessiongrains.sidebands.readiness", "s", "Time from the beginning, or the loss, to a sideband that answers.");
    }

    public void Held(int change) => held.Add(change);

    public void Working(int change) => working.Add(change);

    public void Lost(CloseKind kind) => lost.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    public void Violated(string answer) => violations.Add(1, new KeyValuePair<string, object?>("answer", answer));

    public void Ready(TimeSpan after) => readiness.Record(after.TotalSeconds);
}
