using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>What operators count of workflows.</summary>
public sealed class WorkflowMetricsTests
{
    [Fact]
    public async Task A_live_workflow_is_counted_once_by_its_mode_until_its_end()
    {
        await using var lab = await Lab.Start();
        using var counted = new Counted(lab);

        var workflow = await lab.BeginCall();
        await lab.Begin(Lab.Sealed);
        Assert.Equal((1, 1), (counted.Sum("workflows.live mode=Brokered"), counted.Sum("workflows.live mode=Sealed")));
        await workflow.Grain.End(A.Ada, null);

        Assert.Equal((0, 1), (counted.Sum("workflows.live mode=Brokered"), counted.Sum("workflows.live mode=Sealed")));
        Assert.Equal(1, counted.Times("hangups.duration result=Confirmed"));
    }

    [Fact]
    public async Task A_workflow_that_leaves_the_memory_is_not_counted_until_it_is_back()
    {
        await using var lab = await Lab.Start();
        using var counted = new Counted(lab);
        var workflow = await lab.Begin();

        await lab.Forget(workflow);
        Assert.Equal(0, counted.Sum("workflows.live mode=Brokered"));

        await workflow.View();
        Assert.Equal(1, counted.Sum("workflows.live mode=Brokered"));
    }

    [Fact]
    public async Task A_refusal_is_counted_by_the_rule_that_was_broken_and_never_by_what_a_caller_wrote()
    {
        await using var lab = await Lab.Start();
        using var counted = new Counted(lab);
        var workflow = lab.Workflow();

        await workflow.Start(Lab.Caller(A.Ada, scope: "nothing"), Lab.Request(Lab.Brokered));
        await workflow.Start(Lab.Caller(A.Ada), Lab.Request(Lab.Brokered) with { InputsJson = """{"made_up_by_a_caller":1}""" });

        Assert.Equal(
            ["workflows.refused code=Forbidden rule=allow.scopes", "workflows.refused code=InvalidInputs"],
            counted.Series.Where(series => series.StartsWith("workflows.refused", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>What the meters of workflows count in one silo.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentQueue<(string Series, double Value)> measured = [];

        public Counted(Lab lab)
        {
            var meters = lab.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name is WorkflowMetrics.MeterName or SidebandMetrics.MeterName && instrument.Meter.Scope == meters)
                {
                    own.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.Start();
        }

        public IReadOnlyList<string> Series => [.. measured.Select(one => one.Series).Distinct()];

        public double Sum(string series) => measured.Where(one => one.Series == series).Sum(one => one.Value);

        public int Times(string series) => measured.Count(one => one.Series == series);

        public void Dispose() => listener.Dispose();

        private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => measured.Enqueue(
            (instrument.Name["sessiongrains.".Length..] + string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}")), value));
    }
}
