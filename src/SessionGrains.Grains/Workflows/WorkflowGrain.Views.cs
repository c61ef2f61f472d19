namespace SessionGrains.Grains.Workflows;

/// <content>What is shown of a workflow: while it lives its state, afterwards the report that was filed.</content>
internal sealed partial class WorkflowGrain
{
    // What was filed of a workflow that ended here; an activation that comes later reads it.
    private WorkflowView? filed;

    private async Task<WorkflowView> ViewOf(WorkflowState state) => WorkflowViews.Of(
        Id,
        WithNews(state),
        await policies.ViewOf(state),
        state.Mode is ConnectionMode.ClientSecret ? openAIOptions.Value.PublicCallsUrl : null,
        state.Phase is Phase.Active ? Control : Control.None);

    private async Task<Outcome<WorkflowView>> ViewFor(UserId caller)
    {
        var state = current;
        if (state.Phase is not (Phase.None or Phase.Ended))
        {
            return state.Owner == caller ? await ViewOf(state) : Refusal.NotFound;
        }

        if (state.Phase is Phase.Ended && filed is not null)
        {
            return state.OwnerKey == caller.UserKey ? filed : Refusal.NotFound;
        }

        var report = await history.Find(Id.Value, default);
        return report?.OwnerKey == caller.UserKey ? WorkflowViews.Read(report) : Refusal.NotFound;
    }
}
