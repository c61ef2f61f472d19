namespace SessionGrains.Api.Tests;

/// <summary>A pretended tool call grain: it belongs to its workflow's owner and notes what it was asked.</summary>
internal sealed class FakeToolCall(FakeWorkflow workflow, ToolCallId id, FakeGrains grains) : IToolCallGrain
{
    public Task<Outcome<ToolCallAnswer>> Relay(UserId caller, string name, string argumentsJson, CancellationToken cancellationToken = default)
    {
        grains.LastRelay = (id, name, argumentsJson);
        var view = Own("Relay", caller, name);
        return Task.FromResult<Outcome<ToolCallAnswer>>(view.IsAccepted ? new ToolCallAnswer(view.Value, grains.IsReplay) : view.Refusal);
    }

    public Task<Outcome<ToolCallView>> View(UserId caller) => Task.FromResult(Own("ViewToolCall", caller));

    public Task<Outcome<ToolCallView>> Decide(Approver approver, bool isApproved, string argumentsHash)
    {
        grains.LastDecision = (id, approver, isApproved, argumentsHash);
        var asked = approver.IsOperator && workflow.Owner is { } owner ? owner : approver.User;
        return Task.FromResult(Own("Decide", asked));
    }

    private Outcome<ToolCallView> Own(string call, UserId caller, string name = "lookup_order")
    {
        grains.Enter(call);
        return (caller != workflow.Owner ? Refusal.NotFound : grains.Refusal) is { } refusal
            ? refusal
            : grains.OnToolCall(Picture.OfCall(workflow.Id, id, name));
    }
}
