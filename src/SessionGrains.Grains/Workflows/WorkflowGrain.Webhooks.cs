using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Webhooks;

namespace SessionGrains.Grains.Workflows;

/// <content>What webhook endpoints hear of the workflow while it lives. The transaction that files its end makes up for whatever they have not heard by then.</content>
internal sealed partial class WorkflowGrain
{
    // In the order in which they were heard of, by this activation. The one before may have told some of them: the outbox has each once.
    private readonly HashSet<string> heardOf = [];
    private readonly List<WebhookEvent> untold = [];
    private Task telling = Task.CompletedTask;
    private bool isLeaving;

    /// <summary>Tells what is new of the state, off the turn: nobody waits for it, and whatever goes wrong is tried again.</summary>
    private async Task TellEndpoints()
    {
        if (!webhooks.HasEndpoints || current.Owner is null)
        {
            return;
        }

        Hear(WebhookEvents.Of(WithNews(current), await policies.LimitsOf(current)));
        if (untold.Count > 0 && telling.IsCompleted)
        {
            telling = Tell();
        }
    }

    /// <summary>As above, and tells of a call that has changed. One that leaves no row is in the state.</summary>
    private async Task TellEndpoints(ToolCallView call)
    {
        if (webhooks.HasEndpoints && ledger.LeavesRow(call.CallId) && current.Owner is not null)
        {
            Hear(WebhookEvents.Of(call, await ApprovalOf(call)));
        }

        await TellEndpoints();
    }

    /// <summary>Hears of calls that an earlier activation began.</summary>
    private void HearOf(IEnumerable<ToolCallRow> rows)
    {
        if (webhooks.HasEndpoints)
        {
            Hear(rows.SelectMany(row => WebhookEvents.Of(ToolCallViews.Of(new(Id, row.Call), row.State), row.State.Approval)));
        }
    }

    private void Hear(IEnumerable<WebhookEvent> events) => untold.AddRange(events.Where(happened => heardOf.Add(happened.Key)));

    private async Task Tell()
    {
        try
        {
            while (untold.Count > 0 && current.Owner is not null)
            {
                WebhookEvent[] batch = [.. untold.OrderBy(happened => happened.At)];
                await webhooks.Add(Id, current, batch, CancellationToken.None);
                untold.RemoveAll(happened => batch.Contains(happened));
            }
        }
        // The one catch-all of work that nobody waits for: it is begun again at the next knock, and done with the report at the latest.
        catch (Exception e)
        {
            logger.EndpointsNotTold(Id, e);
            if (!isLeaving)
            {
                Wake(RetrySoon);
            }
        }
    }

    /// <summary>The report with what endpoints are told in the same transaction: all that happened, and that it is over.</summary>
    private async Task<FinalReport> WithWebhooks(FinalReport report, WorkflowState ended)
    {
        if (!webhooks.HasEndpoints)
        {
            return report;
        }

        var limits = await policies.LimitsOf(ended);
        return report with { Webhooks = calls => webhooks.Rows(Id, ended, WebhookEvents.AtEnd(Id, ended, limits, calls)) };
    }

    private async Task<Approval> ApprovalOf(ToolCallView call)
    {
        try
        {
            return (await policies.DefinitionOf(current)).Grants(call.Name)?.Approval ?? Approval.None;
        }
        catch (InvalidDataException)
        {
            // Its definition is lost; that somebody was asked is worth telling all the same.
            return Approval.None;
        }
    }
}
