using Orleans.Storage;
using SessionGrains.Grains.Storage;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

internal sealed partial class WorkflowGrain
{
    private const string Watchdog = "watchdog";

    private static readonly TimeSpan WatchdogPeriod = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(5);

    // A reservation that took longer than this could have been swept away as never saved; it is made sure of before anything is minted.
    private static readonly TimeSpan ReservationIsFresh = Slots.Grace / 2;

    // What was last read or written. The persistent state itself is ahead of it while a write is under way.
    private WorkflowState current = WorkflowState.None;
    private bool isStale;
    private int starting;
    private DateTimeOffset lastHeartbeat;
    private IGrainReminder? reminder;
    private IGrainTimer? alarm;
    private HangUps hangUps = null!; // set before the first call
    private readonly List<TimelineEntry> notes = [];
    private EventStream events = null!; // set before the first call
    private readonly CallSecrets callSecrets = new();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        current = stored.RecordExists ? stored.State : WorkflowState.None;
        lastHeartbeat = clock.GetUtcNow();
        events = new EventStream(clock);
        hangUps = new HangUps(
            Id,
            openAI,
            (call, result) => Turns.Handle(new HangUpSettled(call, result)),
            options.Value.HangUpGiveUpAfter,
            clock,
            metrics,
            logger);
        await Resume();
        if (current.Phase is Phase.Active)
        {
            await ReloadTools();
        }
    }

    /// <summary>The activation goes; what is owed stays in the state for the next one.</summary>
    public void Dispose() => hangUps?.Dispose();

    public async Task<Beginning> Begin(Admission admission)
    {
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
        var decision = Lifecycle.Decide(current, begin, clock.GetUtcNow(), await policies.LimitsOf(current with { Definition = begin.Definition, DefinitionVersion = begin.DefinitionVersion }));
        await Task.WhenAll(Save(begin, decision.Next), Watch());
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

    public async Task Knock()
    {
        if (!isStale && current is { Phase: Phase.Ended, Owed.IsEmpty: true } && current.EraseAt <= clock.GetUtcNow())
        {
            await Erase();
            return;
        }

        await Apply(LookAtClock());
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Knock();
        if (current.Phase is Phase.None or Phase.Ended)
        {
            await Unwatch();
        }
    }

    private async Task<Decision> Apply(WorkflowCommand command)
    {
        for (var isSecondTry = false; ; isSecondTry = true)
        {
            Decision? decision = null;
            try
            {
                await ReadIfStale();
                decision = await Decide(command);
                await Save(command, decision.Next);
                return decision;
            }
            catch (InconsistentStateException e) when (!isSecondTry)
            {
                // Another activation wrote. Nothing was done yet, so the rules decide again on what is stored now.
                logger.StateUncertain(Id, command.GetType().Name, e);
            }
            catch (Exception e) when (StorageFaults.IsCallTaken(e))
            {
                return new(current, CallTaken);
            }
            catch (Exception e) when (StorageFaults.IsUnavailable(e))
            {
                // Bookkeeping can wait, the bill cannot: what is over, as far as is known, is hung up even while the store is gone.
                var known = decision ?? await Decide(command);
                if (known.Next.Phase is Phase.Ending)
                {
                    hangUps.Ensure(known.Next.Owed, callSecrets);
                }

                Wake(RetrySoon);
                throw;
            }
        }
    }

    private async ValueTask<Decision> Decide(WorkflowCommand command) =>
        Lifecycle.Decide(current, command, clock.GetUtcNow(), await policies.LimitsOf(current));

    private async Task Save(WorkflowCommand command, WorkflowState next)
    {
        if (next == current)
        {
            await Resume();
            return;
        }

        var before = current;
        try
        {
            // The report goes first: once the tombstone stands, nothing else remembers the workflow.
            if (next.Phase is Phase.Ended && before.Phase is not (Phase.Ended or Phase.None))
            {
                // What still runs is stopped and has its outcome before the rows are filed and erased.
                await StopTools();
                await history.Deliver(WorkflowViews.Report(Id, next, await ViewOf(next)), default);
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

        current = next;
        await AfterMove(before, command);
    }

    private async Task AfterMove(WorkflowState before, WorkflowCommand command)
    {
        if (before.Phase != current.Phase)
        {
            logger.WorkflowMoved(Id, command.GetType().Name, before.Phase, current.Phase);
            lastHeartbeat = current.Phase is Phase.Active ? clock.GetUtcNow() : lastHeartbeat;
            if (current.Phase is Phase.Ending && command is LookAtClock && before.DueAt is { } due)
            {
                metrics.Expired(clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(due));
            }
        }

        await Resume();
        if (current.Phase is Phase.Ended && before.Phase is not Phase.Ended)
        {
            logger.WorkflowEnded(Id, current.EndReason, current.HangUp);
            metrics.Ended(current.EndReason, current.HangUp);
            await Unwatch();
        }
    }

    /// <summary>Goes on with whatever the state says: hangs up what is owed, and looks at the clock in time.</summary>
    private async Task Resume()
    {
        (callSecrets.Mode, callSecrets.Minted) = (current.Mode, current.SecretsMinted);
        hangUps.Ensure(current.Owed, callSecrets);

        if (current.Phase is not Phase.Ended && Deadlines.Next(current, LookAtClock(), await policies.LimitsOf(current)) is { } next)
        {
            // An ending workflow is always due; its hang-ups knock by themselves.
            Wake(current.Phase is Phase.Ending ? RetrySoon : next - clock.GetUtcNow());
        }
        else
        {
            alarm?.Dispose();
            alarm = null;
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    private void Wake(TimeSpan after)
    {
        var due = after > TimeSpan.Zero ? after : TimeSpan.Zero;
        DelayDeactivation(due + WatchdogPeriod);
        alarm ??= this.RegisterGrainTimer(_ => Knock(), new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan));
        alarm.Change(due, Timeout.InfiniteTimeSpan);
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
                clock.GetUtcNow()),
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

    private LookAtClock LookAtClock() =>
        new(lastHeartbeat, clock.GetUtcNow(), current.Phase is Phase.Active ? Control.Degraded : Control.None);

    private async Task Watch()
    {
        try
        {
            reminder = await this.RegisterOrUpdateReminder(Watchdog, WatchdogPeriod, WatchdogPeriod);
        }
        // One of three that watch: a start is not lost for it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.NoReminder(Id, e);
        }
    }

    private async Task Unwatch()
    {
        try
        {
            if ((reminder ?? await this.GetReminder(Watchdog)) is { } watchdog)
            {
                await this.UnregisterReminder(watchdog);
                reminder = null;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It ticks once more, finds a tombstone, and goes.
            logger.ReminderStays(Id, e);
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
