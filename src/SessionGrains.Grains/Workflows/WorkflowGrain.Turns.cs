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
    private WorkflowState _state = WorkflowState.None;
    private bool _isStale;
    private DateTimeOffset _lastHeartbeat;
    private IGrainReminder? _watchdog;
    private IGrainTimer? _alarm;
    private HangUps _hangUps = null!; // set before the first call
    private readonly CallSecrets _callSecrets = new();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state = stored.RecordExists ? stored.State : WorkflowState.None;
        _lastHeartbeat = clock.GetUtcNow();
        _hangUps = new HangUps(
            Id,
            openAI,
            (call, result) => Turns.Handle(new HangUpSettled(call, result)),
            options.Value.HangUpGiveUpAfter,
            clock,
            metrics,
            logger);
        await Resume();
    }

    /// <summary>The activation goes; what is owed stays in the state for the next one.</summary>
    public void Dispose() => _hangUps?.Dispose();

    public async Task<Beginning> Begin(Admission admission)
    {
        await ReadIfStale();
        var begin = admission.Begin;
        if (_state.Phase is not Phase.None)
        {
            return _state.RequestHash == begin.RequestHash || _state.Phase is Phase.Ended
                ? new Beginning.Again(Id.Value)
                : new Beginning.Refused(Admission.KeyReused);
        }

        var started = clock.GetTimestamp();
        if (await Reserve(admission) is { } elsewhere)
        {
            return elsewhere;
        }

        Failpoint.Hit("slot-reserved");
        var decision = Lifecycle.Decide(_state, begin, clock.GetUtcNow(), await policies.LimitsOf(_state with { Definition = begin.Definition, DefinitionVersion = begin.DefinitionVersion }));
        await Task.WhenAll(Save(begin, decision.Next), Watch());
        Failpoint.Hit("started");
        if (clock.GetElapsedTime(started) > ReservationIsFresh && await Reserve(admission) is { } lost)
        {
            await Apply(new End(EndReason.Failed, "Its slot was lost."));
            return lost;
        }

        return new Beginning.Begun();
    }

    public async Task<Refusal?> Handle(WorkflowCommand command) => (await Apply(command)).Refusal;

    public async Task Knock()
    {
        if (_state is { Phase: Phase.Ended, Owed.IsEmpty: true } && _state.EraseAt <= clock.GetUtcNow())
        {
            await Erase();
            return;
        }

        await Apply(LookAtClock());
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Knock();
        if (_state.Phase is Phase.None or Phase.Ended)
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
                return new(_state, CallTaken);
            }
            catch (Exception e) when (StorageFaults.IsUnavailable(e))
            {
                // Bookkeeping can wait, the bill cannot: what is over, as far as is known, is hung up even while the store is gone.
                var known = decision ?? await Decide(command);
                if (known.Next.Phase is Phase.Ending)
                {
                    _hangUps.Ensure(known.Next.Owed, _callSecrets);
                }

                Wake(RetrySoon);
                throw;
            }
        }
    }

    private async ValueTask<Decision> Decide(WorkflowCommand command) =>
        Lifecycle.Decide(_state, command, clock.GetUtcNow(), await policies.LimitsOf(_state));

    private async Task Save(WorkflowCommand command, WorkflowState next)
    {
        if (next == _state)
        {
            await Resume();
            return;
        }

        var before = _state;
        try
        {
            // The report goes first: once the tombstone stands, nothing else remembers the workflow.
            if (next.Phase is Phase.Ended && before.Phase is not (Phase.Ended or Phase.None))
            {
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
            _isStale = true;
            Wake(RetrySoon);
            throw;
        }

        _state = next;
        await AfterMove(before, command);
    }

    private async Task AfterMove(WorkflowState before, WorkflowCommand command)
    {
        if (before.Phase != _state.Phase)
        {
            logger.WorkflowMoved(Id, command.GetType().Name, before.Phase, _state.Phase);
            _lastHeartbeat = _state.Phase is Phase.Active ? clock.GetUtcNow() : _lastHeartbeat;
            if (_state.Phase is Phase.Ending && command is LookAtClock && before.DueAt is { } due)
            {
                metrics.Expired(clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(due));
            }
        }

        await Resume();
        if (_state.Phase is Phase.Ended && before.Phase is not Phase.Ended)
        {
            logger.WorkflowEnded(Id, _state.EndReason, _state.HangUp);
            metrics.Ended(_state.EndReason, _state.HangUp);
            await Unwatch();
        }
    }

    /// <summary>Goes on with whatever the state says: hangs up what is owed, and looks at the clock in time.</summary>
    private async Task Resume()
    {
        (_callSecrets.Mode, _callSecrets.Minted) = (_state.Mode, _state.SecretsMinted);
        _hangUps.Ensure(_state.Owed, _callSecrets);

        if (_state.Phase is not Phase.Ended && Deadlines.Next(_state, LookAtClock(), await policies.LimitsOf(_state)) is { } next)
        {
            // An ending workflow is always due; its hang-ups knock by themselves.
            Wake(_state.Phase is Phase.Ending ? RetrySoon : next - clock.GetUtcNow());
        }
        else
        {
            _alarm?.Dispose();
            _alarm = null;
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    private void Wake(TimeSpan after)
    {
        var due = after > TimeSpan.Zero ? after : TimeSpan.Zero;
        DelayDeactivation(due + WatchdogPeriod);
        _alarm ??= this.RegisterGrainTimer(_ => Knock(), new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan));
        _alarm.Change(due, Timeout.InfiniteTimeSpan);
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
        if (_isStale)
        {
            await stored.ReadStateAsync();
            _state = stored.RecordExists ? stored.State : WorkflowState.None;
            _isStale = false;
        }
    }

    private LookAtClock LookAtClock() =>
        new(_lastHeartbeat, clock.GetUtcNow(), _state.Phase is Phase.Active ? Control.Degraded : Control.None);

    private async Task Watch() => _watchdog = await this.RegisterOrUpdateReminder(Watchdog, WatchdogPeriod, WatchdogPeriod);

    private async Task Unwatch()
    {
        try
        {
            if ((_watchdog ?? await this.GetReminder(Watchdog)) is { } watchdog)
            {
                await this.UnregisterReminder(watchdog);
                _watchdog = null;
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
        await stored.ClearStateAsync();
        _state = WorkflowState.None;
        DeactivateOnIdle();
    }

    private async Task<WorkflowView> ViewOf(WorkflowState state) => WorkflowViews.Of(
        Id, state, await policies.ViewOf(state), state.Mode is ConnectionMode.ClientSecret ? openAIOptions.Value.PublicCallsUrl : null);

    private async Task<Outcome<WorkflowView>> ViewFor(UserId caller)
    {
        var state = _state;
        if (state.Phase is not (Phase.None or Phase.Ended))
        {
            return state.Owner == caller ? await ViewOf(state) : Refusal.NotFound;
        }

        var report = await history.Find(Id.Value, default);
        return report?.OwnerKey == caller.UserKey ? WorkflowViews.Read(report) : Refusal.NotFound;
    }
}
