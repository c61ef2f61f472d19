using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Workflows;

/// <summary>What operators count: starts, refusals, ends, and hang-ups that were given up.</summary>
internal sealed class WorkflowMetrics
{
    public const string MeterName = "SessionGrains.Workflows";

    private readonly Counter<long> _started;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _unverified;
    private readonly Histogram<double> _lateness;

    public WorkflowMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _started = meter.CreateCounter<long>("sessiongrains.workflows.started", "{workflow}");
        _refused = meter.CreateCounter<long>("sessiongrains.workflows.refused", "{start}");
        _ended = meter.CreateCounter<long>("sessiongrains.workflows.ended", "{workflow}");
        _unverified = meter.CreateCounter<long>("sessiongrains.hangups.unverified", "{call}", "Calls that may still run: raise an alarm.");
        _lateness = meter.CreateHistogram<double>("sessiongrains.expiry.lateness", "s", "Time from a deadline to the decision to end.");
    }

    public void Started(ConnectionMode mode) => _started.Add(1, new KeyValuePair<string, object?>("mode", mode.ToString()));

    public void Refused(RefusalCode code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void Ended(EndReason? reason, HangUpResult? hangUp) => _ended.Add(
        1, new KeyValuePair<string, object?>("reason", reason?.ToString()), new KeyValuePair<string, object?>("hangup", hangUp?.ToString()));

    public void HangUpGivenUp() => _unverified.Add(1);

    public void Expired(TimeSpan late) => _lateness.Record(late.TotalSeconds);
}
