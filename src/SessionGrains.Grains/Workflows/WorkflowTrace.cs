using System.Diagnostics;

namespace SessionGrains.Grains.Workflows;

/// <summary>The trace of one workflow. Its id is the workflow's own bits, so whoever works for the workflow, on any silo and after any crash, adds to the same one.</summary>
/// <remarks>
/// A request has the trace that its caller began; its spans are linked to the workflow's. What nobody's request waits for, as tool calls
/// and deadlines, is in the workflow's own. Where nobody listens, nothing is made.
/// </remarks>
internal static class WorkflowTrace
{
    public const string SourceName = "SessionGrains.Workflows";

    private const string IdTag = "sessiongrains.workflow.id";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Where the spans of a workflow belong.</summary>
    public static ActivityContext ContextOf(WorkflowId workflow) => ContextOf(workflow, ActivityTraceFlags.Recorded);

    /// <summary>Begins a piece of work: in the trace of the request that waits for it, or else in the workflow's.</summary>
    public static Activity? Begin(string name, WorkflowId workflow)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var own = ContextOf(workflow);
        var span = Activity.Current is { Recorded: true }
            ? Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), links: [new(own)])
            : Source.StartActivity(name, ActivityKind.Internal, own);
        return span?.SetTag(IdTag, workflow.Value);
    }

    /// <summary>Has log lines name the workflow's trace, where there is no request whose trace they could name. It is no span.</summary>
    public static Activity? Enter(WorkflowId workflow)
    {
        if (Activity.Current is not null)
        {
            return null;
        }

        var own = ContextOf(workflow, ActivityTraceFlags.None);
        return new Activity("workflow").SetParentId(own.TraceId, own.SpanId, own.TraceFlags).Start();
    }

    /// <summary>Says in the span of a request which workflow it was for, and where the rest of that workflow is told.</summary>
    public static void Join(WorkflowId workflow)
    {
        if (Activity.Current is { IsAllDataRequested: true } span && span.GetTagItem(IdTag) is null)
        {
            span.SetTag(IdTag, workflow.Value);
            if (ContextOf(workflow) is var own && span.TraceId != own.TraceId)
            {
                span.AddLink(new ActivityLink(own));
            }
        }
    }

    /// <summary>Says in the span of a request what it did to the workflow.</summary>
    public static void Moved(string command, Phase from, Phase to)
    {
        if (Activity.Current is { IsAllDataRequested: true } span)
        {
            span.AddEvent(new ActivityEvent("workflow moved", tags: new() { ["command"] = command, ["from"] = from.ToString(), ["to"] = to.ToString() }));
        }
    }

    private static ActivityContext ContextOf(WorkflowId workflow, ActivityTraceFlags flags)
    {
        var bits = UInt128.Zero;
        foreach (var letter in workflow.Value.AsSpan(WorkflowId.Prefix.Length))
        {
            // 26 letters hold two bits more than a trace's id: the first ones go.
            bits = (bits << 5) | (UInt128)(uint)(letter >= 'a' ? letter - 'a' : letter - '2' + 26);
        }

        var trace = bits.ToString("x32", null);
        return new(ActivityTraceId.CreateFromString(trace), ActivitySpanId.CreateFromString(trace.AsSpan(16)), flags, isRemote: true);
    }
}
