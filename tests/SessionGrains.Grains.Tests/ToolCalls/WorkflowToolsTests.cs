using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>What a workflow does about its tool calls: limits, news, the end.</summary>
public sealed class WorkflowToolsTests
{
    [Fact]
    public async Task A_workflow_and_a_tool_have_only_so_many_calls()
    {
        await using var lab = await ToolLab.Start(limits: """{"max_tool_calls":2}""", tools: """["lookup_order",{"name":"issue_refund","max_calls":1}]""");
        var workflow = await lab.BeginWithTools();
        await lab.Ran(workflow, PretendTools.Refund);

        Assert.Equal(RefusalCode.ToolCallLimit, (await lab.Run(workflow, PretendTools.Refund, "call_2", """{"order_id":"B"}""")).Refusal?.Code);
        await lab.Ran(workflow, PretendTools.Lookup, "call_3");
        Assert.Equal(RefusalCode.ToolCallLimit, (await lab.Run(workflow, PretendTools.Lookup, "call_4")).Refusal?.Code);
        Assert.Equal(2, lab.Tools.Runs.Asked.Count);
    }

    [Fact]
    public async Task Only_so_many_run_at_once_and_the_next_runs_when_one_is_done()
    {
        await using var lab = await ToolLab.Start(limits: """{"max_concurrent_tool_calls":1}""");
        var workflow = await lab.BeginWithTools();
        var gate = lab.Tools.Runs.Hold();
        var first = lab.Ran(workflow, PretendTools.Refund);
        await gate.Arrived;

        Assert.Equal(RefusalCode.ToolCallLimit, (await lab.Run(workflow, PretendTools.Lookup, "call_2")).Refusal?.Code);
        gate.Open();
        await first;
        Assert.Equal(ToolCallStatus.Completed, (await lab.Ran(workflow, PretendTools.Lookup, "call_2")).Status);
    }

    [Fact]
    public async Task The_page_hears_of_a_call_that_waits_runs_and_is_done()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var opened = await workflow.Grain.Events(A.Ada, null, opens: true, TestContext.Current.CancellationToken);
        var since = opened.Value!.Events[^1].Id;
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);
        await call.Decide(ACall.Owner, true, hash);

        List<string> heard = [];
        await Lab.Eventually(async () =>
        {
            heard = [.. (await workflow.Grain.Events(A.Ada, since, opens: true, TestContext.Current.CancellationToken)).Value!.Events.Select(Name).Where(name => name.Length > 0)];
            return heard.Count >= 4;
        });

        Assert.Equal(["PendingApproval", "requested", "Running", "Completed"], heard);

        static string Name(WorkflowEvent told) => told switch
        {
            WorkflowEvent.ToolCallUpdated(var changed) => changed.Status.ToString(),
            WorkflowEvent.ApprovalRequested => "requested",
            _ => "",
        };
    }

    [Fact]
    public async Task The_end_stops_what_runs_denies_what_waits_files_both_and_erases_the_rows()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools(ToolLab.Asking);
        var (call, hash) = await lab.Ask(workflow, PretendTools.Refund);
        await lab.Ask(workflow, PretendTools.Book, "call_2");
        var gate = lab.Tools.Runs.Hold();
        var running = call.Decide(ACall.Owner, true, hash);
        await gate.Arrived;

        await workflow.Grain.End(A.Ada, null);

        await lab.Reaches(workflow.Id, Phase.Ended);
        Assert.Equal(["call_1"], lab.Tools.Stopped);
        Assert.Equal(ToolCallStatus.Unknown, (await running).Value!.Status);
        Assert.Empty(await lab.ToolCalls(workflow.Id));
        var filed = (await lab.Services.GetRequiredService<History>().Find(workflow.Id.Value, TestContext.Current.CancellationToken))!.Events
            .Where(e => e.Detail.StartsWith("call_", StringComparison.Ordinal))
            .Select(e => $"{e.Kind} {e.Detail}")
            .ToArray();
        Assert.Contains("tool_call call_1 issue_refund Unknown", filed);
        Assert.Contains("tool_call call_2 book_slot Denied", filed);
        Assert.Contains("tool_approved call_1 issue_refund user", filed);
        Assert.Contains("approval_requested call_2 book_slot Operator", filed);
        Assert.DoesNotContain(filed, line => line.Contains("A-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_that_comes_back_after_the_end_changes_nothing()
    {
        await using var lab = await ToolLab.Start();
        var workflow = await lab.BeginWithTools();
        var waits = lab.Clock.Waits;
        // It ignores that it is told to stop.
        var gate = new Gate();
        lab.Tools.Deaf = async () =>
        {
            await gate.Pass();
            return new ToolResult.Completed("late", false);
        };
        var running = lab.Run(workflow, PretendTools.Refund);
        await gate.Arrived;
        var ending = workflow.Grain.End(A.Ada, null);
        await lab.Clock.WaitOf(A.Seconds(7), A.Seconds(7), after: waits);
        lab.Clock.Advance(A.Seconds(7));
        await lab.Reaches(workflow.Id, Phase.Ended);
        await ending;

        gate.Open();
        await running;

        Assert.Empty(await lab.ToolCalls(workflow.Id));
        Assert.Equal(Refusal.NoSuchToolCall, (await lab.Call(workflow).View(A.Ada)).Refusal);
        var filed = (await lab.Services.GetRequiredService<History>().Find(workflow.Id.Value, TestContext.Current.CancellationToken))!.Events;
        Assert.Contains(filed, e => e.Kind == "tool_call" && e.Detail == "call_1 issue_refund Unknown");
    }

    [Fact]
    public async Task Calls_refusals_and_outcomes_are_counted_and_a_made_up_name_is_no_label()
    {
        await using var lab = await ToolLab.Start();
        using var counted = new Counted(lab.Services.GetRequiredService<IMeterFactory>());
        var workflow = await lab.BeginWithTools();

        await lab.Ran(workflow, PretendTools.Refund);
        await lab.Ran(workflow, PretendTools.Lookup, "call_2");
        await lab.Run(workflow, "made_up", "call_3");
        await lab.Run(workflow, PretendTools.Book);

        Assert.Equal(
            [
                "admitted tool=issue_refund",
                "admitted tool=lookup_order",
                "finished tool=issue_refund status=Completed",
                "finished tool=lookup_order status=Completed",
                "refused code=ToolCallConflict",
                "refused code=ToolNotAllowed",
            ],
            counted.Lines.Order(StringComparer.Ordinal));
    }

    /// <summary>What the meter of tool calls counts in one silo.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener listener = new();

        public Counted(IMeterFactory meters)
        {
            listener.InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == ToolCallMetrics.MeterName && instrument.Meter.Scope == meters)
                {
                    own.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                if (value is 0)
                {
                    // It only begins a series.
                    return;
                }

                var labels = string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"));
                Lines.Enqueue($"{instrument.Name.Split('.')[^1]}{labels}");
            });
            listener.Start();
        }

        public ConcurrentQueue<string> Lines { get; } = [];

        public void Dispose() => listener.Dispose();
    }
}
