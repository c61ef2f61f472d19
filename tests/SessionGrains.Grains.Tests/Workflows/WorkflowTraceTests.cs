using System.Diagnostics;
using SessionGrains.Grains.Workflows;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Which trace a piece of work for a workflow belongs to.</summary>
public sealed class WorkflowTraceTests
{
    [Fact]
    public void The_id_of_a_workflows_trace_is_the_workflows_own_bits()
    {
        Assert.Equal("00000000000000000000000000000001", WorkflowTrace.ContextOf(WorkflowId.Parse("wf_aaaaaaaaaaaaaaaaaaaaaaaaab")).TraceId.ToHexString());
        Assert.Equal("ffffffffffffffffffffffffffffffff", WorkflowTrace.ContextOf(WorkflowId.Parse("wf_77777777777777777777777777")).TraceId.ToHexString());
        Assert.Equal("00000000000000000000000000000400", WorkflowTrace.ContextOf(WorkflowId.Parse("wf_aaaaaaaaaaaaaaaaaaaaaaabaa")).TraceId.ToHexString());
    }

    [Fact]
    public void Work_that_no_request_waits_for_is_in_the_workflows_own_trace()
    {
        using var listener = new Listening();
        var workflow = WorkflowId.New();

        using (var entered = WorkflowTrace.Enter(workflow))
        {
            Assert.Equal(WorkflowTrace.ContextOf(workflow).TraceId, Activity.Current!.TraceId);
            using var span = WorkflowTrace.Begin("work", workflow);
            Assert.Equal((WorkflowTrace.ContextOf(workflow).TraceId, true), (span!.TraceId, span.Recorded));
        }

        Assert.Null(Activity.Current);
    }

    [Fact]
    public void Work_that_a_request_waits_for_is_in_its_trace_and_linked_to_the_workflows()
    {
        using var listener = new Listening();
        var workflow = WorkflowId.New();
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        request.Start();

        Assert.Null(WorkflowTrace.Enter(workflow));
        using var span = WorkflowTrace.Begin("work", workflow);

        Assert.Equal((request.TraceId, request.SpanId), (span!.TraceId, span.ParentSpanId));
        Assert.Equal(WorkflowTrace.ContextOf(workflow).TraceId, Assert.Single(span.Links).Context.TraceId);
    }

    [Fact]
    public void A_request_says_once_which_workflow_it_was_for()
    {
        var workflow = WorkflowId.New();
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        request.IsAllDataRequested = true;

        WorkflowTrace.Join(workflow);
        WorkflowTrace.Join(workflow);

        Assert.Equal(workflow.Value, request.GetTagItem("sessiongrains.workflow.id"));
        Assert.Equal(WorkflowTrace.ContextOf(workflow).TraceId, Assert.Single(request.Links).Context.TraceId);
    }

    /// <summary>Records everything.</summary>
    private sealed class Listening : IDisposable
    {
        private readonly ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name is WorkflowTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };

        public Listening() => ActivitySource.AddActivityListener(listener);

        public void Dispose() => listener.Dispose();
    }
}
