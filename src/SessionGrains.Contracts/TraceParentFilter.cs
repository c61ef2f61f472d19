using System.Diagnostics;

namespace SessionGrains;

/// <summary>Passes on to which trace a grain call belongs, also where that trace is not recorded.</summary>
/// <remarks>Orleans passes on only what is recorded: each silo would begin another trace for a call whose own was left out.</remarks>
public sealed class TraceParentFilter : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } current)
        {
            RequestContext.Set("traceparent", current.Id!);
        }

        return context.Invoke();
    }
}
