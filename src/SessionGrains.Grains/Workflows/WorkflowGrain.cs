using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Webhooks;
using SessionGrains.OpenAI;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <summary>The shell around <see cref="Lifecycle"/>: decide, save, do what is owed, answer.</summary>
/// <remarks>This part is the public face, which waits for the world outside; the turns that change the state are in the other.</remarks>
internal sealed partial class WorkflowGrain(
    [FromKeyedServices(StorageHosting.Provider)] IGrainStorage storage,
    IRealtimeClient openAI,
    StartAdmission admission,
    WorkflowPolicies policies,
    Slots slots,
    History history,
    WorkflowIndex index,
    IOptions<WorkflowOptions> options,
    IOptions<OpenAIOptions> openAIOptions,
    Sidebands sidebands,
    Drain drain,
    WorkflowMetrics metrics,
    ToolCallRows toolCalls,
    ToolCallMetrics toolMetrics,
    ILocalSiloDetails silo,
    RefusedStarts refusedStarts,
    WebhookOutbox webhooks,
    TimeProvider clock,
    ILogger<WorkflowGrain> logger)
    : Grain, IWorkflowGrain, IWorkflowTurns, IWorkflowTools, IWorkflowCall, IRemindable, IDisposable
{
    private const int TriesToFindRoom = 3;

    // With the ten seconds that the last one may take to make room, the caller is still there to be answered.
    private static readonly TimeSpan FindsRoomFor = TimeSpan.FromSeconds(8);

    private WorkflowId Id => WorkflowId.Parse(this.GetPrimaryKeyString());

    private IWorkflowTurns Turns => this.AsReference<IWorkflowTurns>();

    public async Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request, CancellationToken cancellationToken)
    {
        Newborn.Forget();
        starting++;
        try
        {
            return await WhileServing(() => Begin(caller, request, cancellationToken));
        }
        finally
        {
            starting--;
            LetGo();
        }
    }

    public Task<Outcome<WorkflowView>> View(UserId caller) => Answer(() => ViewFor(caller));

    public Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller, CancellationToken cancellationToken) => WhileServing(async () =>
    {
        var ownSecret = current.Mode is ConnectionMode.ClientSecret ? null : OwnSecret.New(Id);
        return await Ask(caller, new RenewSecret(ownSecret is null ? null : OwnSecret.Hash(ownSecret))) is { } refusal
            ? refusal
            : await HandOver(ownSecret, isReplay: false);
    });

    public Task<Outcome<CallAnswer>> Connect(string secretHash, string offer, CancellationToken cancellationToken) => WhileServing<CallAnswer>(async () =>
    {
        // A refused offer leaves the secret unused, so it is looked at first; but only for somebody who holds a secret.
        if (current.IsLive && current.Secrets.Any(secret => secret.Hash == secretHash) && Offers.Check(offer, current.Mode) is { } refusedOffer)
        {
            return refusedOffer;
        }

        if (current.IsLive)
        {
            // Found before the attempt is saved: what cannot be found later must not use the secret up.
            await policies.DefinitionOf(current);
        }

        var attempt = Guid.NewGuid().ToString("n");
        if (await Turns.Handle(new Connect(secretHash, attempt)) is { } refusal)
        {
            return refusal;
        }

        Failpoint.Hit("connect-saved");
        await hangUps.FirstAttempts;
        if (!current.Owed.IsEmpty && current.IsLive)
        {
            // One slot, one call: while the call before cannot be hung up, no other one is created beside it.
            return await Turns.Handle(new CallRefused(attempt, "the call before is still there")) ?? ProviderRefusals.CallBeforeRemains;
        }

        return await CreateCall(attempt, offer);
    });

    public Task<Outcome<WorkflowView>> ReportCall(UserId caller, CallId call) => Answer(async () =>
    {
        if (current.CallId != call.Value && await index.HolderOf(call.Value, CancellationToken.None) is { } holder && holder != Id.Value)
        {
            // Only for the owner of this workflow: to a stranger it does not exist, whatever the call is.
            return (await ViewFor(caller)).Refusal ?? CallTaken;
        }

        return await Ask(caller, new ReportCall(call)) is { } refusal ? refusal : await ViewFor(caller);
    });

    public async Task<Outcome<WorkflowView>> Heartbeat(UserId caller) => await Answer(async () =>
    {
        var view = await ViewFor(caller);
        if (view.IsAccepted && !current.IsLive)
        {
            return Refusal.WorkflowEnded;
        }

        lastHeartbeat = view.IsAccepted ? clock.GetUtcNow() : lastHeartbeat;
        return view;
    });

    public Task<Outcome<EventPage>> Events(UserId caller, long? after, bool opens, CancellationToken cancellationToken) => Answer<EventPage>(async () =>
    {
        var view = await ViewFor(caller);
        if (!view.IsAccepted)
        {
            return view.Refusal;
        }

        return (view.Value.Phase, opens || after is null || after < events.Beginning) switch
        {
            (Phase.Ended, var fromTheStart) => events.Last(after, view.Value, fromTheStart),
            (_, true) => events.Open(after, view.Value, asked.Values.Select(call => new WorkflowEvent.ApprovalRequested(call.ForOwner()))),
            _ => new EventPage(await events.Next(after!.Value, cancellationToken)),
        };
    });

    public Task<Outcome<WorkflowView>> End(UserId caller, string? reasonDetail) => Answer(async () =>
    {
        if (await Ask(caller, new End(EndReason.UserEnded, reasonDetail)) is { } refusal)
        {
            return refusal;
        }

        await hangUps.FirstAttempts;
        return await ViewFor(caller);
    });

    public async Task Supersede()
    {
        await Turns.Handle(new End(EndReason.Superseded));
        if (current is { Phase: Phase.Ending, Attempt: not null })
        {
            // Whether there is a call to hang up is not known yet. The next thing that is told of it is that it is over; that is waited for ten seconds at the most.
            await events.Next();
        }

        await hangUps.FirstAttempts;
    }

    private async Task<Outcome<StartedWorkflow>> Begin(Caller caller, StartWorkflow request, CancellationToken cancellationToken)
    {
        string? ownSecret = null;
        var checkedStart = await admission.Check(caller, request, OwnSecretHash, cancellationToken);
        if (!checkedStart.IsAccepted)
        {
            return RefuseStart(caller, request, checkedStart.Refusal);
        }

        var since = clock.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            switch (await Turns.Begin(checkedStart.Value))
            {
                case Beginning.Begun:
                    metrics.Started(current.Mode);
                    return await HandOver(ownSecret, isReplay: false);

                case Beginning.Again again when again.WorkflowId == Id.Value:
                    return await Repeat(caller.User, cancellationToken);

                case Beginning.Again again:
                    return await GrainFactory.Workflow(WorkflowId.Parse(again.WorkflowId)).Start(caller, request, cancellationToken);

                case Beginning.Full full when checkedStart.Value.Supersedes && tries < TriesToFindRoom && clock.GetElapsedTime(since) < FindsRoomFor:
                    await GrainFactory.Workflow(WorkflowId.Parse(full.Holders[0])).Supersede();
                    break;

                case Beginning.Full:
                    return RefuseStart(caller, request, Admission.UserIsFull);

                case Beginning.Refused refused:
                    return RefuseStart(caller, request, refused.Refusal);
            }
        }

        string? OwnSecretHash(Definition definition)
        {
            ownSecret = definition.Mode is ConnectionMode.ClientSecret ? null : OwnSecret.New(Id);
            return ownSecret is null ? null : OwnSecret.Hash(ownSecret);
        }
    }

    /// <summary>Sends a command in the caller's name. Of an ended workflow only the filed report still knows whose it was.</summary>
    private async Task<Refusal?> Ask(UserId caller, WorkflowCommand command)
    {
        var isOver = current.Phase is Phase.None or Phase.Ended;
        if (isOver && await ViewFor(caller) is { IsAccepted: false } unknown)
        {
            return unknown.Refusal;
        }

        return current.Phase is Phase.None && isOver
            ? command is End ? null : Refusal.WorkflowEnded
            : await Turns.Handle(command with { By = caller });
    }

    /// <summary>A repeated start: the same workflow, and a fresh secret while the policy has one left.</summary>
    private async Task<Outcome<StartedWorkflow>> Repeat(UserId caller, CancellationToken cancellationToken)
    {
        var renewed = await RenewSecret(caller, cancellationToken);
        if (renewed.IsAccepted)
        {
            return renewed.Value with { IsReplay = true };
        }

        var view = await ViewFor(caller);
        return renewed.Refusal.Code is RefusalCode.QuotaExceeded or RefusalCode.WorkflowEnded or RefusalCode.WorkflowNotConnectable && view.IsAccepted
            ? new StartedWorkflow(view.Value, null, IsReplay: true)
            : renewed.Refusal;
    }

    private Refusal RefuseStart(Caller caller, StartWorkflow request, Refusal refusal)
    {
        metrics.Refused(refusal);
        refusedStarts.Note(caller.User, request.Definition, refusal);
        logger.StartRefused(request.Definition, refusal.Code, string.Join(", ", refusal.Faults.Select(fault => fault.Where)));
        return refusal;
    }

    private static Refusal StoreAway { get; } = new(RefusalCode.StorageUnavailable, "The store cannot be reached for the moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    private static Refusal CallTaken { get; } = new(RefusalCode.CallTaken, "This call belongs to another workflow.");

    /// <summary>Work that waits for OpenAI: a silo that stops takes no more of it, and waits for what it has.</summary>
    private async Task<Outcome<T>> WhileServing<T>(Func<Task<Outcome<T>>> ask)
        where T : class
    {
        using var lease = drain.TryEnter();
        return lease is null ? Drain.Refusal : await Answer(ask);
    }

    /// <summary>An unreachable database is a normal day: it has an answer of its own.</summary>
    private async Task<Outcome<T>> Answer<T>(Func<Task<Outcome<T>>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (StorageFaults.IsUnavailable(e) || e is InconsistentStateException)
        {
            return StoreAway;
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>Where no workflow is, nothing stays in memory: whoever guesses ids or secrets must not fill it.</summary>
    private void LetGo()
    {
        // While a start is on its way here it will come back for its turns, and must find this activation.
        // One that does not know whether it was saved looks again by itself.
        if (current.Phase is Phase.None && !isStale && starting is 0)
        {
            DeactivateOnIdle();
        }
    }
}
