using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.OpenAI;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <summary>The shell around <see cref="Lifecycle"/>: decide, save, do what is owed, answer.</summary>
/// <remarks>This part is the public face, which waits for the world outside; the turns that change the state are in the other.</remarks>
internal sealed partial class WorkflowGrain(
    [PersistentState("workflow", StorageHosting.Provider)] IPersistentState<WorkflowState> stored,
    IRealtimeClient openAI,
    StartAdmission admission,
    WorkflowPolicies policies,
    Slots slots,
    History history,
    WorkflowIndex index,
    IOptions<WorkflowOptions> options,
    IOptions<OpenAIOptions> openAIOptions,
    Drain drain,
    WorkflowMetrics metrics,
    TimeProvider clock,
    ILogger<WorkflowGrain> logger)
    : Grain, IWorkflowGrain, IWorkflowTurns, IRemindable, IDisposable
{
    private const int TriesToFindRoom = 3;

    private WorkflowId Id => WorkflowId.Parse(this.GetPrimaryKeyString());

    private IWorkflowTurns Turns => this.AsReference<IWorkflowTurns>();

    public Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request, CancellationToken cancellationToken) => WhileServing(async () =>
    {
        string? ownSecret = null;
        var checkedStart = await admission.Check(caller, request, OwnSecretHash, cancellationToken);
        if (!checkedStart.IsAccepted)
        {
            return RefuseStart(request, checkedStart.Refusal);
        }

        for (var tries = 0; ; tries++)
        {
            switch (await Turns.Begin(checkedStart.Value))
            {
                case Beginning.Begun:
                    metrics.Started(current.Mode);
                    return await HandOver(ownSecret, isReplay: false, cancellationToken);

                case Beginning.Again again when again.WorkflowId == Id.Value:
                    return await Repeat(caller.User, cancellationToken);

                case Beginning.Again again:
                    return await GrainFactory.Workflow(WorkflowId.Parse(again.WorkflowId)).Start(caller, request, cancellationToken);

                case Beginning.Full full when checkedStart.Value.Supersedes && tries < TriesToFindRoom:
                    await GrainFactory.Workflow(WorkflowId.Parse(full.Holders[0])).Supersede();
                    break;

                case Beginning.Full:
                    return RefuseStart(request, Admission.UserIsFull);

                case Beginning.Refused refused:
                    return RefuseStart(request, refused.Refusal);
            }
        }

        string? OwnSecretHash(Definition definition)
        {
            ownSecret = definition.Mode is ConnectionMode.ClientSecret ? null : OwnSecret.New(Id);
            return ownSecret is null ? null : OwnSecret.Hash(ownSecret);
        }
    });

    public Task<Outcome<WorkflowView>> View(UserId caller) => Answer(() => ViewFor(caller));

    public Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller, CancellationToken cancellationToken) => WhileServing(async () =>
    {
        var ownSecret = current.Mode is ConnectionMode.ClientSecret ? null : OwnSecret.New(Id);
        return await Ask(caller, new RenewSecret(ownSecret is null ? null : OwnSecret.Hash(ownSecret))) is { } refusal
            ? refusal
            : await HandOver(ownSecret, isReplay: false, cancellationToken);
    });

    public Task<Outcome<CallAnswer>> Connect(string secretHash, string offer, CancellationToken cancellationToken) => WhileServing<CallAnswer>(async () =>
    {
        // A refused offer leaves the secret unused, so it is looked at first; but only for somebody who holds a secret.
        if (current.IsLive && current.Secrets.Any(secret => secret.Hash == secretHash) && Offers.Check(offer, current.Mode) is { } refusedOffer)
        {
            return refusedOffer;
        }

        var attempt = Guid.NewGuid().ToString("n");
        if (await Turns.Handle(new Connect(secretHash, attempt)) is { } refusal)
        {
            return refusal;
        }

        Failpoint.Hit("connect-saved");
        await hangUps.FirstAttempts;
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
        await hangUps.FirstAttempts;
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

    /// <summary>Gives the browser the secret that the last turn counted.</summary>
    private async Task<Outcome<StartedWorkflow>> HandOver(string? ownSecret, bool isReplay, CancellationToken cancellationToken)
    {
        Outcome<ClientSecret> secret = ownSecret is null
            ? await Mint(cancellationToken)
            : current.Secrets.FirstOrDefault(record => record.Hash == OwnSecret.Hash(ownSecret)) is { } record
                ? new ClientSecret(ownSecret, record.ExpiresAt)
                : Refusal.WorkflowEnded;
        if (!secret.IsAccepted)
        {
            return secret.Refusal;
        }

        return current.IsLive ? new StartedWorkflow(await ViewOf(current), secret.Value, isReplay) : Refusal.WorkflowEnded;
    }

    private async Task<Outcome<ClientSecret>> Mint(CancellationToken cancellationToken)
    {
        var state = current;
        if (!state.IsLive)
        {
            return Refusal.WorkflowEnded;
        }

        var definition = await policies.DefinitionOf(state);
        var session = SessionRenderer.Render(definition, state.Values).ToJsonString();
        var reply = await openAI.MintAsync(
            session, Secrets.TimeToLive(state, definition.Limits, clock.GetUtcNow()), SafetyIdentifier(state.Owner!), cancellationToken);
        Failpoint.Hit("minted");
        if (reply is Reply<MintedSecret>.Done(var secret))
        {
            callSecrets.Remember(secret.Value);
            return new ClientSecret(secret.Value, secret.ExpiresAt);
        }

        // A secret that was minted and lost on the way reached nobody, so it opens no call: it counts as not minted.
        var fault = ProviderRefusals.FaultOf(reply);
        await Turns.Handle(new MintFailed(fault.Detail));
        await hangUps.FirstAttempts;
        return ProviderRefusals.Of(fault);
    }

    private async Task<Outcome<CallAnswer>> CreateCall(string attempt, string offer)
    {
        var state = current;
        if (!state.IsLive)
        {
            // It ended while the call before was hung up.
            return await Turns.Handle(new CallRefused(attempt, "ended")) ?? Refusal.WorkflowEnded;
        }

        var definition = await policies.DefinitionOf(state);
        var session = SessionRenderer.Render(definition, state.Values).ToJsonString();
        // Not the caller's token: a browser that goes away must not leave a call of unknown outcome behind.
        var reply = await openAI.CreateCallAsync(offer, session, SafetyIdentifier(state.Owner!), CancellationToken.None);
        Failpoint.Hit("call-created");
        switch (reply)
        {
            case Reply<CreatedCall>.Done(var created):
                return await Keep(attempt, created);
            case Reply<CreatedCall>.Refused(var fault):
                return await Turns.Handle(new CallRefused(attempt, fault.Detail)) ?? ProviderRefusals.Of(fault);
            default:
                var unknown = ProviderRefusals.FaultOf(reply);
                return await Turns.Handle(new CallUnknown(attempt, unknown.Detail)) ?? ProviderRefusals.Of(unknown);
        }
    }

    /// <summary>Saves the call's id before the answer leaves. A call that cannot be saved is hung up at once: nobody would know of it.</summary>
    private async Task<Outcome<CallAnswer>> Keep(string attempt, CreatedCall created)
    {
        if (!CallId.TryParse(created.CallId, out var call))
        {
            return await Turns.Handle(new CallUnknown(attempt, "an id that is no call id"))
                ?? ProviderRefusals.Of(new(ProviderFaultKind.Unavailable, "an answer that is not understood"));
        }

        try
        {
            return await Turns.Handle(new CallCreated(attempt, call)) is { } tooLate ? tooLate : new CallAnswer(call, created.Answer);
        }
        catch (Exception)
        {
            hangUps.Ensure([new(call.Value, clock.GetUtcNow())], callSecrets);
            throw;
        }
    }

    private Refusal RefuseStart(StartWorkflow request, Refusal refusal)
    {
        metrics.Refused(refusal.Code);
        logger.StartRefused(request.Definition, refusal.Code, string.Join(", ", refusal.Faults.Select(fault => fault.Where)));
        return refusal;
    }

    private string SafetyIdentifier(UserId user) => SafetyIdentifiers.Of(user, options.Value.SafetyIdentifierSalt);

    private static Refusal CallTaken { get; } = new(RefusalCode.CallTaken, "This call belongs to another workflow.");

    /// <summary>Work that waits for OpenAI: a silo that stops takes no more of it, and waits for what it has.</summary>
    private async Task<Outcome<T>> WhileServing<T>(Func<Task<Outcome<T>>> ask)
        where T : class
    {
        using var lease = drain.TryEnter();
        return lease is null ? Drain.Refusal : await Answer(ask);
    }

    /// <summary>An unreachable database is a normal day: it has an answer of its own.</summary>
    private static async Task<Outcome<T>> Answer<T>(Func<Task<Outcome<T>>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (StorageFaults.IsUnavailable(e) || e is InconsistentStateException)
        {
            return new Refusal(RefusalCode.StorageUnavailable, "The store cannot be reached for the moment.") { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }
}
