using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Sideband;

/// <summary>Reaches the grains from outside of them: sidebands run on no grain's scheduler.</summary>
internal sealed class CallGrains(IGrainFactory grains) : ICallTools, ICallReports
{
    public Task<Outcome<ToolCallOutcome>> Run(WorkflowId workflow, ToolCallId call, string name, string argumentsJson) =>
        grains.GetGrain<IToolCallTurns>($"{workflow}/{call}").Run(name, argumentsJson);

    public Task Heard(WorkflowId workflow, CallId call, CallNews news) => grains.GetGrain<IWorkflowCall>(workflow.Value).Heard(call, news);
}
