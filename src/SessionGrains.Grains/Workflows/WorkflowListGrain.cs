using System.Globalization;
using Orleans.Concurrency;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Workflows;

/// <summary>Lists workflows by the slots that they hold, each as its own grain sees it.</summary>
[StatelessWorker]
internal sealed class WorkflowListGrain(Slots slots, WorkflowIndex index) : Grain, IWorkflowListGrain
{
    public async Task<WorkflowPage> LiveOf(UserId caller, int limit, string? after)
    {
        var held = await slots.LiveOf(caller.UserKey, limit + 1, Read(after), CancellationToken.None);
        var page = held.Take(limit).ToList();
        var views = await Task.WhenAll(page.Select(slot => GrainFactory.Workflow(WorkflowId.Parse(slot.WorkflowId)).View(caller)));

        // A slot whose workflow is being started or torn down this moment has no live workflow to show.
        return new(
            [.. views.Where(view => view is { IsAccepted: true, Value.Phase: not Phase.Ended }).Select(view => view.Value!)],
            held.Count > limit ? Write(page[^1]) : null);
    }

    public Task Ping() => index.Ping(CancellationToken.None);

    public Task Reach() => Task.CompletedTask;

    private static string Write(LiveSlot slot) =>
        string.Create(CultureInfo.InvariantCulture, $"{slot.ReservedAt.ToUnixTimeMilliseconds()}~{slot.WorkflowId}");

    /// <summary>Where a page begins; a place that nobody gave out begins at the start.</summary>
    private static LiveSlot? Read(string? after) =>
        after?.Split('~') is [var at, var id]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && ms < 253402300799999
        && WorkflowId.TryParse(id, out var workflow)
            ? new(workflow.Value, DateTimeOffset.FromUnixTimeMilliseconds(ms))
            : null;
}
