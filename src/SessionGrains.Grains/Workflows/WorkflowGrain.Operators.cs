using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <content>What operators may do with a workflow that is not theirs.</content>
internal sealed partial class WorkflowGrain
{
    public Task<Outcome<WorkflowRecord>> Inspect() => Answer(Record);

    public Task<Outcome<WorkflowRecord>> Revoke(UserId by, string? reasonDetail) => Answer(async () =>
    {
        await Turns.Handle(new End(EndReason.Revoked, reasonDetail) { Operator = by });
        await hangUps.FirstAttempts;
        return await Record();
    });

    private async Task<Outcome<WorkflowRecord>> Record()
    {
        var state = current;
        if (state.Phase is not (Phase.None or Phase.Ended))
        {
            var known = WithNews(state);
            return new WorkflowRecord(
                await ViewOf(state),
                state.Owner!,
                state.EndDetail,
                [.. known.Timeline.Select(entry => new TrailEntry(entry.At, entry.Kind, entry.Detail))])
            {
                Silo = silo.SiloAddress.ToParsableString(),
                Approvals = [.. asked.Values],
            };
        }

        return await history.Find(Id.Value, default) is { } report ? WorkflowViews.ReadRecord(report.Report, report.Events) : Refusal.NotFound;
    }
}
