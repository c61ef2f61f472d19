using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <summary>The part that looks at the clock: by its own timers, and when a reminder or the sweeper knocks.</summary>
internal sealed partial class WorkflowGrain
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(5);

    // How long a call whose time is over may wait for the turn that stores its end.
    private static readonly TimeSpan LeashSlack = TimeSpan.FromSeconds(1);

    private DateTimeOffset lastHeartbeat;
    private IGrainTimer? alarm;
    private IGrainTimer? leash;

    public async Task Knock()
    {
        using var trace = WorkflowTrace.Enter(Id);
        // Whoever knocks has seen a row.
        isStale |= current.Phase is Phase.None;
        if (!isStale && current is { Phase: Phase.Ended, Owed.IsEmpty: true } && current.EraseAt <= clock.GetUtcNow())
        {
            await Erase();
            return;
        }

        ForgetOldAnswer();
        // Deadlines first: they are kept even while nothing can be stored.
        await TellExpiry();
        await Apply(LookAtClock());
        if (news.SaveBy <= clock.GetUtcNow())
        {
            await Apply(new Checkpoint());
        }
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Knock();
        if (current.Phase is Phase.None or Phase.Ended)
        {
            await watchdog.Unwatch();
        }
    }

    private LookAtClock LookAtClock() => new(lastHeartbeat, LastActivity, Control)
    {
        ControlLostSince = current.Phase is Phase.Active ? owner is null ? holdsSince : owner.LostSince : null,
        FarewellBy = farewellBy,
    };

    /// <summary>Looks at the clock again when the next thing is due.</summary>
    private async Task SetAlarm()
    {
        HoldLeash();
        if (current is { Phase: Phase.Ending } or { Phase: Phase.Ended, Owed.IsEmpty: false })
        {
            // It is always due; its hang-ups knock by themselves.
            Wake(RetrySoon);
        }
        else if (current.IsLive && Deadlines.Next(current, LookAtClock(), await policies.LimitsOf(current)) is { } next)
        {
            Wake(Earliest(next) - clock.GetUtcNow());
        }
        else
        {
            alarm?.Dispose();
            alarm = null;
            DelayDeactivation(callSecrets.NeededUntil(current) is { } until ? NotNegative(until - clock.GetUtcNow()) : TimeSpan.Zero);
        }
    }

    private void Wake(TimeSpan after)
    {
        var due = NotNegative(after);
        DelayDeactivation(due + Watchdog.Period);
        alarm ??= this.RegisterGrainTimer(_ => Knock(), new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan));
        alarm.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A timer that waits for no turn: turns may be waiting for a store that does not answer.</summary>
    private void HoldLeash()
    {
        if (current is not { Phase: Phase.Active, ExpiresAt: { } expiresAt })
        {
            leash?.Dispose();
            leash = null;
            return;
        }

        var due = NotNegative(expiresAt + LeashSlack - clock.GetUtcNow());
        leash ??= this.RegisterGrainTimer(HangUpOverdue, new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan) { Interleave = true });
        leash.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The deadline is stored, so whoever looks decides alike: the bill stops now, and the record follows when it can be written.</summary>
    private Task HangUpOverdue(CancellationToken cancellationToken)
    {
        if (current is { Phase: Phase.Active, CallId: { } call } && current.ExpiresAt <= clock.GetUtcNow())
        {
            decidedEnd ??= new End(EndReason.MaxDuration);
            hangUps.Ensure([new(call, clock.GetUtcNow())], callSecrets);
        }

        return Task.CompletedTask;
    }

    /// <summary>When to look at the clock: at a deadline, for a checkpoint, or to say that the end is near.</summary>
    private DateTimeOffset Earliest(DateTimeOffset deadline)
    {
        var next = news.SaveBy < deadline ? news.SaveBy.Value : deadline;
        var warning = current.ExpiresAt - ExpiryWarning;
        next = current.IsLive && !hasToldExpiry && warning < next ? warning : next;
        var soon = clock.GetUtcNow() + RetrySoon;
        return current.Phase is Phase.Active && owner is null or { HasDied: true } && soon < next ? soon : next;
    }

    private async Task TellExpiry()
    {
        if (current.IsLive && !hasToldExpiry && current.ExpiresAt - ExpiryWarning <= clock.GetUtcNow())
        {
            hasToldExpiry = true;
            events.Tell(new WorkflowEvent.Expiring(await ViewOf(current)));
        }
    }

    private static TimeSpan NotNegative(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
