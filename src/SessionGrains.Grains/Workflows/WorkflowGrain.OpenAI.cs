using SessionGrains.Grains.Definitions;
using SessionGrains.OpenAI;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <content>What is asked of OpenAI: secrets and calls. Each answer becomes a command, whatever it is.</content>
internal sealed partial class WorkflowGrain
{
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

    private string SafetyIdentifier(UserId user) => SafetyIdentifiers.Of(user, options.Value.SafetyIdentifierSalt);
}
