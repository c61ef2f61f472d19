using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Workflows;

/// <content>What tool calls ask of their workflow, and what it does about them. The rules are in <see cref="ToolLedger"/>.</content>
internal sealed partial class WorkflowGrain
{
    // What somebody must agree to, for operators, and for pages that open, or open again.
    private readonly Dictionary<ToolCallId, ToolCallView> asked = [];
    private readonly ToolLedger ledger = new();

    public async Task<Outcome<ToolGrant>> Admit(ToolClaim claim)
    {
        try
        {
            if (ToolsRefused(claim) is { } refused)
            {
                return await WhoseItWas(claim) ?? refused;
            }

            await ReadToolCalls();
            var definition = await policies.DefinitionOf(current);
            // It may have ended meanwhile. From here to the answer nothing waits.
            return ToolsRefused(claim) ?? Admit(claim, definition);
        }
        finally
        {
            LetGo();
        }
    }

    public Task Refused(ToolCallId callId, string name, RefusalCode code)
    {
        if (current.IsLive)
        {
            NoteRefusal(callId, name, code);
        }

        LetGo();
        return Task.CompletedTask;
    }

    public async Task Changed(ToolCallView call, bool endsWorkflow)
    {
        var isAsked = call.Status is ToolCallStatus.PendingApproval && !asked.ContainsKey(call.CallId);
        // News that come after the end are in the report, or too late for it.
        if (current.Phase is Phase.None or Phase.Ended || !ledger.Take(call))
        {
            if (current.IsLive && isAsked)
            {
                // An earlier activation asked; here no page has heard of it yet.
                Ask(call);
            }

            LetGo();
            return;
        }

        if (call.IsFinal && !ledger.LeavesRow(call.CallId))
        {
            news.Note(ToolCallAudit.Outcome, $"{call.CallId} {call.Name} {call.Status}");
        }

        events.Tell(new WorkflowEvent.ToolCallUpdated(call.ForOwner()));
        if (isAsked)
        {
            Ask(call);
        }
        else if (call.IsFinal)
        {
            asked.Remove(call.CallId);
        }

        lastToolCall = clock.GetUtcNow();
        owner?.Tell(call, endsWorkflow);
        if (endsWorkflow && call.Status is ToolCallStatus.Completed)
        {
            await BeginFarewell();
        }

        await TellEndpoints(call);
    }

    /// <summary>Of a workflow that is over only its report still knows whose it was: to them it has ended, and to nobody else was it ever there.</summary>
    private async Task<Refusal?> WhoseItWas(ToolClaim claim) =>
        current.Phase is Phase.None or Phase.Ended && claim.By is { } caller && (await ViewFor(caller)).IsAccepted ? Refusal.WorkflowEnded : null;

    private void Ask(ToolCallView call)
    {
        asked[call.CallId] = call;
        events.Tell(new WorkflowEvent.ApprovalRequested(call.ForOwner()));
    }

    private Refusal? ToolsRefused(ToolClaim claim) => current switch
    {
        { Phase: Phase.None } => Refusal.NotFound,
        { Owner: var owner } when claim.By is not null && claim.By != owner => Refusal.NotFound,
        { IsLive: false } => Refusal.WorkflowEnded,
        // It may have ended: the next turn reads what is stored.
        _ when isStale => StoreAway,
        { Mode: not ConnectionMode.ClientSecret } when claim.By is not null => Refusal.RelayNotAllowed,
        { Phase: not Phase.Active } => new(RefusalCode.WorkflowNotConnectable, "Tools run while there is a call, and there is none."),
        _ => null,
    };

    private Outcome<ToolGrant> Admit(ToolClaim claim, Definition definition)
    {
        var granted = definition.Grants(claim.Name);
        var isNew = !ledger.Knows(claim.CallId);
        if (ledger.Admit(claim, granted, definition.Limits) is { } refusal)
        {
            NoteRefusal(claim.CallId, claim.Name, refusal.Code);
            return refusal;
        }

        if (isNew)
        {
            toolMetrics.Admitted(claim.Name);
            if (!ledger.LeavesRow(claim.CallId))
            {
                news.Note(ToolCallAudit.Admitted, $"{claim.CallId} {claim.Name} {claim.Source} {claim.ArgumentsHash}");
            }
        }

        LookAfterTools(LookAfterToolsEvery);
        return new ToolGrant(current.Owner!, granted!.Approval, current.ExpiresAt, isNew);
    }

    private void NoteRefusal(ToolCallId call, string name, RefusalCode code)
    {
        var safeName = SafeName(name);
        toolMetrics.Refused(code);
        logger.CallRefused(Id, call, safeName, code);
        if (ledger.CountRefusal())
        {
            news.Note("tool_refused", $"{call} {safeName} {code}");
        }
    }

    /// <summary>A name that the model made up, fit for the audit trail.</summary>
    private static string SafeName(string name) =>
        string.Concat(name.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '?'));
}
