using SessionGrains.Grains.Definitions;
using SessionGrains.OpenAI;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <content>What is asked of OpenAI: secrets and calls. Each answer becomes a command, whatever it is.</content>
internal sealed partial class WorkflowGrain
{
    // Long enough for an API to find another way here.
    private static readonly TimeSpan AnswerIsRemembered = TimeSpan.FromSeconds(30);

    private (string Request, Task<Outcome<CallAnswer>> Answer, DateTimeOffset At)? lastConnect;

    public Task<Outcome<CallAnswer>> ConnectOnce(string secretHash, string offer, string requestId, CancellationToken cancellationToken)
    {
        var request = $"{requestId} {secretHash}";
        if (lastConnect?.Request != request)
        {
            lastConnect = (request, Connect(secretHash, offer, cancellationToken), clock.GetUtcNow());
        }

        return lastConnect.Value.Answer;
    }

    private void ForgetOldAnswer()
    {
        if (lastConnect is { Answer.IsCompleted: true } last && last.At + AnswerIsRemembered <= clock.GetUtcNow())
        {
            lastConnect = null;
        }
    }

    /// <summary>Gives the browser the secret that the last turn counted.</summary>
    private async Task<Outcome<StartedWorkflow>> HandOver(string? ownSecret, bool isReplay)
    {
        Outcome<ClientSecret> secret = ownSecret is null
            ? await Mint()
            : current.Secrets.FirstOrDefault(record => record.Hash == OwnSecret.Hash(ownSecret)) is { } record
                ? new ClientSecret(ownSecret, record.ExpiresAt)
                : Refusal.WorkflowEnded;
        if (!secret.IsAccepted)
        {
            return secret.Refusal;
        }

        return current.IsLive ? new StartedWorkflow(await ViewOf(current), secret.Value, isReplay) : Refusal.WorkflowEnded;
    }

    private async Task<Outcome<ClientSecret>> Mint()
    {
        var state = current;
        if (!state.IsLive)
        {
            return Refusal.WorkflowEnded;
        }

        var definition = await policies.DefinitionOf(state);
        var session = SessionRenderer.Render(definition, state.Values);
        if (policies.ToolsOf(definition) is { IsEmpty: false } tools)
        {
            // Whether a sideband can be attached to a call of this secret is not certain, and without tools the model could ask for none.
            session["tools"] = SessionRenderer.Tools(tools);
        }

        // Not the caller's token: a browser that goes away must not leave a slot behind that nobody gives back.
        var reply = await openAI.MintAsync(
            session.ToJsonString(), Secrets.TimeToLive(state, definition.Limits, clock.GetUtcNow()), SafetyIdentifier(state.Owner!), CancellationToken.None);
        Failpoint.Hit("minted");
        if (reply is Reply<MintedSecret>.Done(var secret))
        {
            callSecrets.Remember(secret.Value, secret.ExpiresAt);
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
        // It may have ended while the call before was hung up, or this silo may have been frozen: the attempt must still be the
        // workflow's own, with time enough to hear of its outcome.
        if (state.Attempt?.Id != attempt || !state.IsLive || state.Attempt.Until < clock.GetUtcNow() + openAIOptions.Value.CreateTimeout)
        {
            return await Turns.Handle(new CallRefused(attempt, "too late")) ?? (state.IsLive ? Calls.CallUnderWay : Refusal.WorkflowEnded);
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
            await openAI.HangUpAsync(created.CallId, secret: null, CancellationToken.None);
            return await Turns.Handle(new CallUnknown(attempt, "an id that is no call id"))
                ?? ProviderRefusals.Of(new(ProviderFaultKind.Unavailable, "an answer that is not understood"));
        }

        try
        {
            return await Turns.Handle(new CallCreated(attempt, call, IsAnswerLost: created.Answer is null)) is { } tooLate ? tooLate
                : created.Answer is { } answer ? new CallAnswer(call, answer)
                : ProviderRefusals.AnswerLost;
        }
        catch (Exception)
        {
            hangUps.Ensure([new(call.Value, clock.GetUtcNow())], callSecrets);
            throw;
        }
    }

    private string SafetyIdentifier(UserId user) => SafetyIdentifiers.Of(user, options.Value.SafetyIdentifierSalt);
}
