using System.Diagnostics;

namespace SessionGrains;

/// <summary>Passes on to which trace a grain call belongs, and takes it up again, also where that trace is not recorded.</summary>
/// <remarks>
/// Orleans passes on only what is recorded: each silo would begin another trace for a call whose own was left out. And where nobody records
/// anything, but log lines name their trace, it would make two spans with all their tags for each call. An id is enough.
/// </remarks>
public sealed class TraceParentFilter : IOutgoingGrainCallFilter, IIncomingGrainCallFilter
{
    private const string Key = "traceparent";

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        // Within one trace the first id serves all calls: whoever records them sets the one before each by itself.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } current && !IsOf(RequestContext.Get(Key) as string, current))
        {
            RequestContext.Set(Key, current.Id!);
        }

        return context.Invoke();
    }

    public Task Invoke(IIncomingGrainCallContext context) =>
        RequestContext.Get(Key) is string parent && !IsOf(parent, Activity.Current) ? InTraceOf(parent, context) : context.Invoke();

    private static async Task InTraceOf(string parent, IIncomingGrainCallContext context)
    {
        // It is no span: nobody may write to it, or take it for the recorded parent of one.
        using var call = new Activity("call") { IsAllDataRequested = false, ActivityTraceFlags = ActivityTraceFlags.None }.SetParentId(parent).Start();
        await context.Invoke();
    }

    /// <summary>Whether an id names the trace of what is under way: 00-trace-span-flags.</summary>
    private static bool IsOf(string? traceParent, Activity? underWay) =>
        traceParent is not null && underWay is { IdFormat: ActivityIdFormat.W3C }
        && traceParent.AsSpan(Math.Min(3, traceParent.Length)).StartsWith(underWay.TraceId.ToHexString(), StringComparison.Ordinal);
}
