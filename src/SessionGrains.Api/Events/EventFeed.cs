using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Events;

/// <summary>Reads a workflow's events for one stream, page by page, and outlasts the moments in which the cluster does not answer.</summary>
internal sealed class EventFeed(OwnWorkflow own, TimeProvider clock, ILogger logger, string traceId)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(30);

    /// <summary>What the stream begins with. Nothing is sent yet, so that a fault or a refusal can still be a plain answer.</summary>
    public async Task<Outcome<EventPage>> Open(long? after, CancellationToken cancellationToken)
    {
        var opened = await own.Ask((workflow, caller) => workflow.Events(caller, after, opens: true, cancellationToken));
        return opened.IsAccepted ? Complete(opened.Value) : opened;
    }

    /// <summary>What happened after an event; null when there is nobody left to ask.</summary>
    public async Task<EventPage?> Next(long after, CancellationToken cancellationToken)
    {
        for (long? failing = null; ;)
        {
            try
            {
                var asked = await own.Ask((workflow, caller) => workflow.Events(caller, after, opens: false, cancellationToken));
                if (asked.IsAccepted)
                {
                    return Complete(asked.Value);
                }

                if (asked.Refusal.Code is not (RefusalCode.StorageUnavailable or RefusalCode.Draining))
                {
                    return null;
                }

                logger.StreamWaits(asked.Refusal.Code.ToString(), traceId);
            }
            catch (Exception fault) when (Passes(fault) && !cancellationToken.IsCancellationRequested)
            {
                logger.StreamWaits(fault.GetType().Name, traceId);
            }

            failing ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(failing.Value) >= GiveUpAfter)
            {
                logger.StreamGivenUp(traceId);
                return null;
            }

            await Task.Delay(RetryAfter, clock, cancellationToken);
        }
    }

    // A silo that stops gives up what it waits for; its successor answers the next question.
    private static bool Passes(Exception fault) => fault is OperationCanceledException || FaultProblems.Of(fault).Kind.IsTemporary;

    /// <summary>A workflow may outlive its events: where only its picture says that it is over, that is its last event.</summary>
    private static EventPage Complete(EventPage page)
    {
        var picture = page.Events.OfType<WorkflowEvent.Updated>().LastOrDefault()?.Workflow;
        return picture is { Phase: Phase.Ended } && !page.Events.Any(told => told is WorkflowEvent.Ended)
            ? new(page.Events.Add(new WorkflowEvent.Ended(picture) { Id = page.Events[^1].Id + 1 }))
            : page;
    }
}
