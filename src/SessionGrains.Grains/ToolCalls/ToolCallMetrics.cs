using System.Diagnostics.Metrics;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>What operators count of tool calls: admitted, refused, approvals asked for, and outcomes with their time.</summary>
internal sealed class ToolCallMetrics
{
    public const string MeterName = "SessionGrains.ToolCalls";

    private readonly Counter<long> admitted;
    private readonly Counter<long> refused;
    private readonly Counter<long> finished;
    private readonly Counter<long> lost;
    private readonly Histogram<double> duration;

    public ToolCallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        admitted = meter.CreateCounter<long>("sessiongrains.tool_calls.admitted", "{call}", "Tool calls that were admitted.");
        refused = meter.CreateCounter<long>("sessiongrains.tool_calls.refused", "{call}", "Tool calls that were refused.");
        finished = meter.CreateCounter<long>("sessiongrains.tool_calls.finished", "{call}", "Tool calls with their outcome.");
        lost = meter.CreateCounter<long>("sessiongrains.tool_calls.outcomes_lost", "{call}", "Outcomes that could not be stored: the call will be unknown.");
        duration = meter.CreateHistogram(
            "sessiongrains.tool_calls.duration", "s", "Time from the admission to the outcome, with the wait for an approval.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120] });
    }

    public void Admitted(string tool)
    {
        admitted.Add(1, Tool(tool));
        // An alarm on an increase does not see the one that a series begins with.
        lost.Add(0, Tool(tool));
    }

    /// <summary>No tool's name: whoever asks for a tool that is not granted makes names up.</summary>
    public void Refused(RefusalCode code) => refused.Add(1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void Finished(ToolCallState call)
    {
        finished.Add(1, Tool(call.Name), new("status", call.Stage.ToString()));
        duration.Record((call.CompletedAt!.Value - call.CreatedAt).TotalSeconds, Tool(call.Name));
    }

    public void OutcomeLost(string tool) => lost.Add(1, Tool(tool));

    private static KeyValuePair<string, object?> Tool(string name) => new("tool", name);
}
