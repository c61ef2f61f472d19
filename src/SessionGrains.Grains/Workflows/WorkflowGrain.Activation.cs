using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <content>The part that begins where the state says, and leaves nothing undone when the activation goes.</content>
internal sealed partial class WorkflowGrain
{
    private readonly LiveCount liveCount = new(metrics);

    // Another activation wrote what this one has in memory.
    private bool wasOvertaken;

    // Another owner of the call was seen, so somebody holds it.
    private bool isSuperseded;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        stored = new("workflow", GrainContext, storage);
        isStale = !Newborn.Is(Id);
        await ReadIfStale();
        lastHeartbeat = clock.GetUtcNow();
        watchdog = new Watchdog(this, Id, clock, logger);
        hangUps = new HangUps(
            Id,
            openAI,
            (call, result) => Turns.Handle(new HangUpSettled(call, result)),
            MayBeTooNew,
            options.Value.HangUpGiveUpAfter,
            clock,
            metrics,
            logger);
        await TakeOver();
        await (isTakenOver ? Claim() : Resume());
        liveCount.Take(current);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        isLeaving = true;
        LetGoOfCall();
        if (wasOvertaken && !isSuperseded && current.Phase is Phase.Active)
        {
            // Somebody must hold its call, and it may be minutes until anybody asks for it.
            this.AsReference<IWorkflowGrain>().Knock().Ignore();
        }

        await Task.WhenAll(releasing, telling);
    }

    /// <summary>The activation goes; what is owed stays in the state for the next one.</summary>
    public void Dispose()
    {
        liveCount.Take(WorkflowState.None);
        hangUps?.Dispose();
    }

    /// <summary>Goes on with whatever the state says: hangs up what is owed, and looks at the clock in time.</summary>
    private async Task Resume()
    {
        (callSecrets.Mode, callSecrets.Minted) = (current.Mode, current.SecretsMinted);
        hangUps.Ensure(current.Owed, callSecrets);
        await HoldCall();
        await SetAlarm();
        await TellEndpoints();
    }
}
