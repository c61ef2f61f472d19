using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Workflows;

/// <summary>What operators count: starts, refusals, ends, and hang-ups that were given up.</summary>
internal sealed class WorkflowMetrics
{
    public const string MeterName = "SessionGrains.Workflows";

    private readonly Counter<long> started;
    private readonly Counter<long> refused;
    private readonly Counter<long> ended;
    private readonly Counter<long> unverified;
    private readonly Histogram<double> lateness;

    public WorkflowMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        started = meter.CreateCounter<long>("sessiongrains.workflows.started", "{workflow}");
        refused = meter.CreateCounter<long>("sessiongrains.workflows.refused", "{start}");
        ended = meter.CreateCounter<long>("sessiongrains.workflows.ended", "{workflow}");
        unverified = meter.CreateCounter<long>("sessiongrains.hangups.unverified", "{call}", "Calls that may still run: raise an alarm.");
        lateness = meter.CreateHistogram<double>("sessiongrains.expiry.lateness", "s", "Time from a deadline to the decision to end.");
    }

    public void Started(ConnectionMode mode) => started.Add(1, new KeyValuePair<string, object?>("mode", mode.ToString()));

    public void Refused(RefusalCode code) => refused.Add(1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void Ended(EndReason? reason, HangUpResult? hangUp) => ended.Add(
        1, new KeyValuePair<string, object?>("reason", reason?.ToString()), new KeyValuePair<string, object?>("hangup", hangUp?.ToString()));

    public void HangUpGivenUp() => unverified.Add(1);

    public void Expired(TimeSpan late) => lateness.Record(late.TotalSeconds);
}
