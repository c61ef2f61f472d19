using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Workflows;

/// <content>What tool calls ask of their workflow.</content>
internal sealed partial class WorkflowGrain
{
    public Task<Outcome<ToolGrant>> Admit(ToolClaim claim) =>
        Task.FromResult<Outcome<ToolGrant>>(new Refusal(RefusalCode.ToolNotAllowed, $"The tool {claim.Name} is not granted."));

    public Task Changed(ToolCallView call, bool endsWorkflow)
    {
        Note("tool_call", $"{call.CallId} {call.Name} {call.Status}");
        events.Tell(new WorkflowEvent.ToolCallUpdated(call));
        return Task.CompletedTask;
    }

    /// <summary>Keeps something for the audit trail until the state is saved the next time, soon.</summary>
    private void Note(string kind, string detail) => notes.Add(new(clock.GetUtcNow(), kind, detail));
}
