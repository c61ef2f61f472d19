using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.Workflows;

/// <summary>What operators count: starts, refusals, ends, hang-ups with their time, and what was given up.</summary>
internal sealed class WorkflowMetrics
{
    public const string MeterName = "SessionGrains.Workflows";

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600] };

    private readonly Counter<long> started;
    private readonly Counter<long> refused;
    private readonly UpDownCounter<int> live;
    private readonly Counter<long> ended;
    private readonly Counter<long> unverified;
    private readonly Counter<long> failedSweeps;
    private readonly Histogram<double> hangUps;
    private readonly Histogram<double> lateness;

    public WorkflowMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        started = meter.CreateCounter<long>("sessiongrains.workflows.started", "{workflow}", "Workflows that began.");
        refused = meter.CreateCounter<long>("sessiongrains.workflows.refused", "{start}", "Starts that were refused, by the first rule that they broke.");
        live = meter.CreateUpDownCounter<int>("sessiongrains.workflows.live", "{workflow}", "Live workflows that this silo holds in memory.");
        ended = meter.CreateCounter<long>("sessiongrains.workflows.ended", "{workflow}", "Workflows that are over.");
        unverified = meter.CreateCounter<long>("sessiongrains.hangups.unverified", "{call}", "Calls that may still run: raise an alarm.");
        failedSweeps = meter.CreateCounter<long>("sessiongrains.sweeps.failed", "{sweep}", "Looks for what is due that failed.");
        hangUps = meter.CreateHistogram("sessiongrains.hangups.duration", "s", "Time from the decision to hang up to the result.", advice: Seconds);
        lateness = meter.CreateHistogram("sessiongrains.expiry.lateness", "s", "Time from a deadline to the decision to end.", advice: Seconds);

        // An alarm on an increase does not see the one that a series begins with.
        unverified.Add(0);
        failedSweeps.Add(0);
    }

    public void Started(ConnectionMode mode) => started.Add(1, Mode(mode));

    public void Refused(Refusal refusal)
    {
        var tags = new TagList { { "code", refusal.Code.ToString() } };
        // Of other refusals the faults name what the caller wrote, and callers write anything.
        if (refusal is { Code: RefusalCode.Forbidden, Faults: [var first, ..] })
        {
            tags.Add("rule", first.Where);
        }

        refused.Add(1, tags);
    }

    /// <summary>A live workflow came to this silo's memory, or went from it.</summary>
    public void Live(int change, ConnectionMode mode) => live.Add(change, Mode(mode));

    public void Ended(EndReason? reason, HangUpResult? hangUp) => ended.Add(
        1, new KeyValuePair<string, object?>("reason", reason?.ToString()), new KeyValuePair<string, object?>("hangup", hangUp?.ToString()));

    public void HangUpGivenUp() => unverified.Add(1);

    public void HungUp(HangUpResult result, TimeSpan after) => hangUps.Record(after.TotalSeconds, new KeyValuePair<string, object?>("result", result.ToString()));

    public void SweepFailed() => failedSweeps.Add(1);

    public void Expired(TimeSpan late) => lateness.Record(late.TotalSeconds);

    private static KeyValuePair<string, object?> Mode(ConnectionMode mode) => new("mode", mode.ToString());
}
