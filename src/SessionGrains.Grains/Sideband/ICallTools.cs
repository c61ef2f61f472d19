using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Sideband;

/// <summary>Where the tool calls of a call are run.</summary>
internal interface ICallTools
{
    /// <summary>Runs a call, or joins its run; answers as the call is by then. A repeat never runs it twice.</summary>
    Task<Outcome<ToolCallOutcome>> Run(WorkflowId workflow, ToolCallId call, string name, string argumentsJson);
}
