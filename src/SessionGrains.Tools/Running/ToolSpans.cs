using System.Diagnostics;

namespace SessionGrains.Tools.Running;

/// <summary>Tells traces of runs of tools: which tool, for which call, how it ended. No argument, no output, no address.</summary>
internal static class ToolSpans
{
    public const string SourceName = "SessionGrains.Tools";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Null where nobody listens.</summary>
    public static Activity? Begin(ToolDeclaration tool, ToolRequest request)
    {
        var span = Source.HasListeners() ? Source.StartActivity($"execute_tool {tool.Name}") : null;
        return span is not { IsAllDataRequested: true } ? span : span
            .SetTag("gen_ai.operation.name", "execute_tool")
            .SetTag("gen_ai.tool.name", tool.Name)
            .SetTag("gen_ai.tool.type", "function")
            .SetTag("gen_ai.tool.call.id", request.CallId)
            .SetTag("sessiongrains.workflow.id", request.WorkflowId)
            .SetTag("sessiongrains.tool.effect", tool.Effect.ToString())
            .SetTag("sessiongrains.tool.attempt", request.Attempt);
    }

    /// <summary>Notes in the run that is under way that it asks its tool once more.</summary>
    public static void Retried() => Activity.Current?.AddEvent(new ActivityEvent("retry"));

    /// <summary>How the run ended; what the tool or the fault said stays out.</summary>
    public static void End(this Activity span, ToolResult result)
    {
        span.SetTag("sessiongrains.tool.result", result.GetType().Name);
        if (result is not ToolResult.Completed)
        {
            span.SetTag("error.type", result.GetType().Name).SetStatus(ActivityStatusCode.Error);
        }
    }
}
