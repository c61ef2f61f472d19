using Orleans.Core;
using Orleans.Storage;
using SessionGrains.Grains.Storage;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

internal sealed partial class WorkflowGrain
{
    // A reservation that took longer than this could have been swept away as never saved; it is made sure of before anything is minted.
    private static readonly TimeSpan ReservationIsFresh = Slots.Grace / 2;

    private StateStorageBridge<WorkflowState> stored = null!; // set before the first call

    // What was last read or written. What is being stored is ahead of it while a write is under way.
    private WorkflowState current = WorkflowState.None;
    private bool isStale;

    // An end that was decided, and acted on, while nothing could be stored.
    private End? decidedEnd;
    private int starting;
    private Watchdog watchdog = null!; // set before the first call
    private HangUps hangUps = null!; // set before the first call
    private readonly CallSecrets callSecrets = new();

    public async Task<Beginning> Begin(Admission admission)
    {
        WorkflowTrace.Join(Id);
        await ReadIfStale();
        var begin = admission.Begin;
        if (current.Phase is not Phase.None)
        {
            return current.RequestHash == begin.RequestHash || current.Phase is Phase.Ended
                ? new Beginning.Again(Id.Value)
                : new Beginning.Refused(Admission.KeyReused);
        }

        var started = clock.GetTimestamp();
        if (await Reserve(admission) is { } elsewhere)
        {
            return elsewhere;
        }

        Failpoint.Hit("slot-reserved");
        var limits = await policies.LimitsOf(current with { Definition = begin.Definition, DefinitionVersion = begin.DefinitionVersion });
        var decision = Lifecycle.Decide(current, begin, clock.GetUtcNow(), limits);
        await Task.WhenAll(Save(begin, decision.Next), watchdog.Watch(limits.MaxDuration));
        // Born here: before this moment nobody could begin a tool call of it.
        reading.Skip();
        Failpoint.Hit("started");
        if (clock.GetElapsedTime(started) > ReservationIsFresh && await Reserve(admission) is { } lost)
        {
            await Apply(new End(EndReason.Failed, "Its slot was lost."));
            // It has begun and is over: whoever wants to make room for it would make it for nothing.
            return lost is Beginning.Refused ? lost : new Beginning.Refused(Admission.UserIsFull);
        }

        return new Beginning.Begun();
    }

    public async Task<Refusal?> Handle(WorkflowCommand command) => (await Apply(command)).Refusal;

    private async Task<Decision> Apply(WorkflowCommand command)
    {
        WorkflowTrace.Join(Id);
        for (var isSecondTry = false; ; isSecondTry = true)
        {
            Decision? decision = null;
            try
            {
                await ReadIfStale();
                if (current.Term > term && !wasOvertaken)
                {
                    // What is read anew has the version that the other one wrote, and the store would refuse nothing.
                    throw new InconsistentStateException("Another activation has taken this workflow over.");
                }

                var known = WithNews(current);
                // What was acted on stands, unless another activation went on meanwhile: whatever comes next finds the workflow ended.
                var stands = decidedEnd is { } decided && current.IsLive && !wasOvertaken ? (await Decide(known, decided)).Next : known;
                decision = await Decide(stands, command);
                // News alone is worth no write before its time.
                await Save(command, decision.Next == known && command is not Checkpoint ? current : decision.Next);
                return decision;
            }
            catch (InconsistentStateException e)
            {
                // Another activation wrote: this one goes. Nothing was done yet, so the rules decide once more on what is stored
                // now, but not on what this activation remembers and hears: it may have been frozen, and the other one knows better.
                logger.StateUncertain(Id, command.GetType().Name, e);
                wasOvertaken = true;
                DeactivateOnIdle();
                if (isSecondTry || command is WorkflowCommand.LookAtClock or Checkpoint or CallOver)
                {
                    throw;
                }
            }
            catch (Exception e) when (StorageFaults.IsCallTaken(e))
            {
                return new(current, CallTaken);
            }
            catch (Exception e) when (decision is not null || StorageFaults.IsUnavailable(e))
            {
                // Bookkeeping can wait, the bill cannot: what is over, as far as is known, is hung up even while the store is gone, or takes no more writes.
                var wanted = decision ?? await Decide(current, command);
                if (wanted.Next.Phase is Phase.Ending)
                {
                    // What follows from it, as that the call is gone, must not be taken for the reason.
                    decidedEnd ??= current.IsLive ? new End(wanted.Next.EndReason!.Value, wanted.Next.EndDetail) : null;
                    hangUps.Ensure(wanted.Next.Owed, callSecrets);
                }

                Wake(RetrySoon);
                throw;
            }
        }
    }

    private async ValueTask<Decision> Decide(WorkflowState state, WorkflowCommand command) =>
        Lifecycle.Decide(state, command, clock.GetUtcNow(), await policies.LimitsOf(state));

    private async Task Save(WorkflowCommand command, WorkflowState next)
    {
        if (next == current)
        {
            await Resume();
            return;
        }

        var before = current;
        WorkflowView? last = null;
        try
        {
            // The report goes first: once the tombstone stands, nothing else remembers the workflow.
            if (next.Phase is Phase.Ended && before.Phase is not (Phase.Ended or Phase.None))
            {
                if (before.Phase is not Phase.Ending)
                {
                    // The end is decided by a write that only one activation can win; only the winner may file and erase.
                    stored.State = next with { Phase = Phase.Ending, DueAt = next.EndedAt?.ToUnixTimeMilliseconds(), EraseAt = null };
                    await stored.WriteStateAsync();
                }

                // What still runs is stopped and has its outcome before the rows are filed and erased.
                await (stoppingTools ??= StopTools());
                next = WithNews(next);
                last = await ViewOf(next);
                await telling;
                await history.Deliver(await WithWebhooks(WorkflowViews.Report(Id, next, last), next), default);
                Failpoint.Hit("report-delivered");
                next = Lifecycle.Tombstone(next);
            }

            stored.State = next;
            await stored.WriteStateAsync();
            Failpoint.Hit(next.Phase is Phase.Ending ? "ending-saved" : "saved");
        }
        catch (Exception)
        {
            // Whether it was written is not known: the next turn reads first.
            isStale = true;
            Wake(RetrySoon);
            throw;
        }

        (current, filed) = (next, last ?? filed);
        news.IsSaved(next);
        await AfterMove(before, command, last);
    }

    private async Task AfterMove(WorkflowState before, WorkflowCommand command, WorkflowView? last)
    {
        if (before.Phase != current.Phase)
        {
            logger.WorkflowMoved(Id, command.GetType().Name, before.Phase, current.Phase);
            WorkflowTrace.Moved(command.GetType().Name, before.Phase, current.Phase);
            liveCount.Take(current);
            lastHeartbeat = current.Phase is Phase.Active ? clock.GetUtcNow() : lastHeartbeat;
            if (current is { Phase: Phase.Ending, EndReason: EndReason.MaxDuration or EndReason.NeverConnected } && before.DueAt is { } due)
            {
                metrics.Expired(clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(due));
            }
        }

        if (current.Phase is Phase.Ending && before.Phase is not Phase.Ending)
        {
            // They have their five seconds while the call is hung up; the end waits for them.
            stoppingTools ??= StopTools();
        }

        await Resume();
        await TellPages(before, last);
        if (current.Phase is Phase.Ended && before.Phase is not Phase.Ended)
        {
            logger.WorkflowEnded(Id, current.EndReason, current.HangUp);
            metrics.Ended(current.EndReason, current.HangUp);
            webhooks.Ring();
            LetGoOfCall();
            await watchdog.Unwatch();
        }
    }

    private async Task<Beginning?> Reserve(Admission admission)
    {
        var begin = admission.Begin;
        var reservation = await slots.Reserve(
            new(
                Id.Value,
                begin.Owner.UserKey,
                begin.Owner.TenantKey,
                begin.Definition,
                admission.LivePerUser,
                admission.LivePerTenant,
                admission.StartsPerUserPerMinute,
                admission.IdempotencyKeyHash,
                begin.RequestHash,
                clock.GetUtcNow())
            {
                Subject = begin.Owner.Subject,
                Tenant = begin.Owner.Tenant,
                Tools = admission.Tools,
            },
            default);
        return reservation switch
        {
            Reservation.Admitted => null,
            // Its own slot, taken by a predecessor that died before it saved: the start goes on.
            Reservation.Replay replay when replay.WorkflowId == Id.Value => null,
            Reservation.Replay replay => new Beginning.Again(replay.WorkflowId),
            Reservation.UserFull full => new Beginning.Full([.. full.Holders]),
            _ => new Beginning.Refused(Admission.RefusalFor(reservation)),
        };
    }

    private async Task ReadIfStale()
    {
        if (isStale)
        {
            await stored.ReadStateAsync();
            current = stored.RecordExists ? stored.State : WorkflowState.None;
            isStale = false;
        }
    }

    /// <summary>The tombstone's time is over: the row goes. The filed report stays until retention passes.</summary>
    private async Task Erase()
    {
        try
        {
            await stored.ClearStateAsync();
        }
        catch (Exception)
        {
            isStale = true;
            throw;
        }

        current = WorkflowState.None;
        DeactivateOnIdle();
    }
}
