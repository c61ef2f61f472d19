using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.ToolCalls;

/// <summary>The shell around <see cref="ToolCallRules"/>: ask the workflow, write down what begins, run, write down what came of it, answer.</summary>
/// <remarks>
/// This part is the public face. All of it interleaves, and never changes the state itself: that is done in turns, one at a time.
/// One run is joined by everybody who asks for the same call.
/// </remarks>
internal sealed partial class ToolCallGrain(
    [FromKeyedServices(StorageHosting.Provider)] IGrainStorage storage,
    Toolbox toolbox,
    IToolRunner runner,
    Drain drain,
    IOptions<ToolCallOptions> options,
    ToolCallMetrics metrics,
    TimeProvider clock,
    ILogger<ToolCallGrain> logger)
    : Grain, IToolCallGrain, IToolCallTurns, IDisposable
{
    // Half of the time after which Orleans gives a question up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A tool that is told to stop has five seconds, and its outcome must still be written.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(6);

    private int underWay;

    private ToolCallKey Key => ToolCallKey.Parse(this.GetPrimaryKeyString());

    private IWorkflowGrain Workflow => GrainFactory.Workflow(Key.Workflow);

    public Task<Outcome<ToolCallOutcome>> Run(string name, string argumentsJson) => WhileAwake<Outcome<ToolCallOutcome>>(mayBeNew: true, async () =>
    {
        var joined = await Join(name, argumentsJson, by: null);
        if (joined.Refusal is not null)
        {
            return joined.Refusal;
        }

        await Settling();
        return current.Stage is ToolCallStage.None ? Refusal.NoSuchToolCall : new ToolCallOutcome(ToolCallViews.Of(Key, current), current.EndsWorkflow);
    });

    public Task<Outcome<ToolCallAnswer>> Relay(UserId caller, string name, string argumentsJson, CancellationToken cancellationToken) => Answer<ToolCallAnswer>(mayBeNew: true, async () =>
    {
        // Whose it is comes first: to a stranger nothing of it exists. Of a call that this activation does not know the workflow says so as it admits it: nothing
        // waits between this look and the turn that asks it, and a call that turns out to be stored is asked about once more.
        var isFirst = current.Stage is ToolCallStage.None && lastTurn.IsCompleted && !isLost;
        if (!isFirst && await RelayRefused(caller) is { } refused)
        {
            return refused;
        }

        var joined = await Join(name, argumentsJson, caller);
        if (joined.Refusal is not null)
        {
            return joined.Refusal;
        }

        await Settling();
        return current.Stage is ToolCallStage.None ? Refusal.NoSuchToolCall : new ToolCallAnswer(ToolCallViews.Of(Key, current).ForOwner(), joined.IsReplay);
    });

    public Task<Outcome<ToolCallView>> View(UserId caller) => Answer<ToolCallView>(mayBeNew: false, async () =>
    {
        var workflow = await Workflow.View(caller);
        if (!workflow.IsAccepted)
        {
            return workflow.Refusal;
        }

        return current.Stage is ToolCallStage.None || workflow.Value.Phase is Phase.Ended ? Refusal.NoSuchToolCall : ToolCallViews.Of(Key, current).ForOwner();
    });

    public Task<Outcome<ToolCallView>> Decide(Approver approver, bool isApproved, string argumentsHash) => Answer<ToolCallView>(mayBeNew: false, async () =>
    {
        if (!approver.IsOperator && await Workflow.View(approver.User) is { IsAccepted: false } stranger)
        {
            return stranger.Refusal;
        }

        if (await InTurn(() => Judge(approver, isApproved, argumentsHash)) is { } refusal)
        {
            return refusal;
        }

        await Settling();
        return current.Stage is ToolCallStage.None ? Refusal.NoSuchToolCall : ToolCallViews.Of(Key, current);
    });

    public Task<bool> Resume() => WhileAwake(mayBeNew: false, async () =>
    {
        if (Approvals.IsOverdue(current, clock.GetUtcNow()))
        {
            await Expire();
        }

        if (current.Stage is not (ToolCallStage.None or ToolCallStage.Started))
        {
            // Its workflow asks because it does not know.
            await Tell();
        }

        // One that somebody else is beginning this moment is there too.
        return current.Stage is not ToolCallStage.None || underWay > 1;
    });

    public Task Cancel() => WhileAwake(mayBeNew: true, async () =>
    {
        // Not in a turn: a call that is being admitted this moment must not be sent any more.
        await stop.CancelAsync();
        await InTurn(async () =>
        {
            await Read();
            return await DenyPending();
        });
        await Settling(StopPatience);
        await told;
        if (current.IsFinal)
        {
            // The row, where there is one, is what counts from now on, and it goes with its workflow.
            DeactivateOnIdle();
        }

        return true;
    });

    /// <summary>Why somebody may not relay a call to this workflow, whatever the call is.</summary>
    private async Task<Refusal?> RelayRefused(UserId caller)
    {
        var workflow = await Workflow.View(caller);
        return workflow switch
        {
            { IsAccepted: false } => workflow.Refusal,
            { Value.Connection.Mode: not ConnectionMode.ClientSecret } => Refusal.RelayNotAllowed,
            { Value.Phase: Phase.Ending or Phase.Ended } => Refusal.WorkflowEnded,
            _ => null,
        };
    }

    /// <summary>Begins the call, unless it is there already: then it must be the same one, and needs no turn.</summary>
    private async Task<Joined> Join(string name, string argumentsJson, UserId? by)
    {
        var joined = current.Stage is ToolCallStage.None ? await InTurn(() => Begin(name, argumentsJson, by)) : Compare(name, argumentsJson);
        if (joined is { IsReplay: true, Refusal: { } conflict })
        {
            await Reach(() => Tools.Refused(Key.Call, name, conflict.Code));
        }

        return joined;
    }

    /// <summary>Waits a while for the outcome.</summary>
    private async Task Settling(TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await going.WaitAsync(patience ?? Patience, clock, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // It goes on; whoever wants to know asks again.
        }
    }

    /// <summary>An unreachable store or workflow is a normal day: it has an answer of its own.</summary>
    private async Task<Outcome<T>> Answer<T>(bool mayBeNew, Func<Task<Outcome<T>>> ask)
        where T : class
    {
        try
        {
            return await WhileAwake(mayBeNew, ask);
        }
        catch (Exception e) when (StorageFaults.IsUnavailable(e) || e is InconsistentStateException or TimeoutException)
        {
            return new Refusal(RefusalCode.StorageUnavailable, "The store cannot be reached for the moment.") { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }

    /// <summary>Whoever comes wakes what a lost activation left behind; where no call is, nothing stays in memory.</summary>
    /// <param name="mayBeNew">Then what is stored is not read before it must be.</param>
    private async Task<T> WhileAwake<T>(bool mayBeNew, Func<Task<T>> ask)
    {
        underWay++;
        try
        {
            if (!mayBeNew)
            {
                await Read();
            }

            GoOn();
            return await ask();
        }
        finally
        {
            underWay--;
            if (current.Stage is ToolCallStage.None && underWay is 0)
            {
                DeactivateOnIdle();
            }
        }
    }
}
