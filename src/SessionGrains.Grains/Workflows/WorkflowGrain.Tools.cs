using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Workflows;

/// <content>What tool calls ask of their workflow.</content>
internal sealed partial class WorkflowGrain
{
    public Task<Outcome<ToolGrant>> Admit(ToolClaim claim) =>
        Task.FromResult<Outcome<ToolGrant>>(new Refusal(RefusalCode.ToolNotAllowed, $"The tool {claim.Name} is not granted."));

    public Task Changed(ToolCallView call, bool endsWorkflow)
    {
        news.Note("tool_call", $"{call.CallId} {call.Name} {call.Status}");
        events.Tell(new WorkflowEvent.ToolCallUpdated(call));
        return Task.CompletedTask;
    }

    private int ToolCallCount => current.ToolCalls ?? 0;

    private System.Collections.Immutable.ImmutableArray<Sideband.UnansweredCall> OpenCalls => current.Phase is Phase.None ? default : [];

    private Task? stoppingTools;

    private Task StopTools() => stoppingTools ?? Task.CompletedTask;

    private Task ReloadTools() => stoppingTools ?? Task.CompletedTask;
}
