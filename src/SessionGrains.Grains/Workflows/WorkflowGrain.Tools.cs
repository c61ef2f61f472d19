using System.Collections.Immutable;
using System.Globalization;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Workflows;

/// <content>What tool calls ask of their workflow, and what it does about them. The rules are in <see cref="ToolLedger"/>.</content>
internal sealed partial class WorkflowGrain
{
    private static readonly TimeSpan LookAfterToolsEvery = TimeSpan.FromSeconds(15);

    // A tool has five seconds to stop, its outcome must be written, and the call must be hung up soon all the same.
    private static readonly TimeSpan StopToolsWithin = TimeSpan.FromSeconds(7);

    // An answer that got lost with the activation before is given again; older ones have arrived.
    private static readonly TimeSpan MayBeUnanswered = TimeSpan.FromSeconds(60);

    private readonly ToolLedger ledger = new();
    private Task? reading;
    private ImmutableArray<UnansweredCall> openCalls = [];
    private IGrainTimer? toolWatch;

    public async Task<Outcome<ToolGrant>> Admit(ToolClaim claim)
    {
        try
        {
            if (ToolsRefused(claim) is { } refused)
            {
                return refused;
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
        // News that come after the end are in the report, or too late for it.
        if (current.Phase is Phase.None or Phase.Ended || !ledger.Take(call))
        {
            LetGo();
            return;
        }

        if (call.IsFinal && !ledger.LeavesRow(call.CallId))
        {
            news.Note(ToolCallAudit.Outcome, $"{call.CallId} {call.Name} {call.Status}");
        }

        events.Tell(new WorkflowEvent.ToolCallUpdated(call));
        if (call.Status is ToolCallStatus.PendingApproval)
        {
            events.Tell(new WorkflowEvent.ApprovalRequested(call));
        }

        owner?.Tell(call, endsWorkflow);
        if (endsWorkflow && call.Status is ToolCallStatus.Completed)
        {
            await BeginFarewell();
        }
    }

    /// <summary>Tool calls that were admitted, as far as is known.</summary>
    private int ToolCallCount => ledger.Count;

    /// <summary>Calls that an earlier activation began and whose results the model may not have.</summary>
    private ImmutableArray<UnansweredCall> OpenCalls => openCalls;

    /// <summary>Learns what an earlier activation began, and sees to it that it goes on. Harmless to repeat.</summary>
    private async Task ReloadTools()
    {
        await ReadToolCalls();
        LookAfterTools(TimeSpan.Zero);
    }

    /// <summary>Stops all open calls, at the end of the workflow. What does not stop in time is filed as it is.</summary>
    private async Task StopTools()
    {
        try
        {
            await ReadToolCalls();
        }
        // An end waits for nothing: what cannot be read cannot be stopped, and its workflow refuses it from now on.
        catch (Exception e)
        {
            logger.CallsNotRead(Id, e);
        }

        if (ledger.UnnotedRefusals is > 0 and var more)
        {
            news.Note("tool_refused", string.Create(CultureInfo.InvariantCulture, $"and {more} more"));
        }

        try
        {
            await Task.WhenAll(ledger.InMemory.Select(Stop)).WaitAsync(StopToolsWithin, clock);
        }
        catch (TimeoutException)
        {
            logger.CallsLeftBehind(Id, ledger.Open.Length);
        }

        toolWatch?.Dispose();
        toolWatch = null;

        Task Stop(ToolCallId call) => Reach(call, async turns =>
        {
            await turns.Cancel();
            ledger.Release(call);
        });
    }

    private Refusal? ToolsRefused(ToolClaim claim) => current switch
    {
        { Phase: Phase.None } => Refusal.NotFound,
        { Owner: var owner } when claim.By is not null && claim.By != owner => Refusal.NotFound,
        { IsLive: false } => Refusal.WorkflowEnded,
        { Phase: not Phase.Active } => new(RefusalCode.WorkflowNotConnectable, "Tools run while there is a call, and there is none."),
        { Mode: not ConnectionMode.ClientSecret } when claim.By is not null =>
            new(RefusalCode.RelayNotAllowed, "Tool calls of this workflow reach the server by themselves."),
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
                news.Note("tool_admitted", $"{claim.CallId} {claim.Name} {claim.Source}");
            }
        }

        LookAfterTools(LookAfterToolsEvery);
        return new ToolGrant(current.Owner!, granted!.Approval, current.ExpiresAt);
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

    /// <summary>Counts what is stored, once in an activation and before anything is admitted.</summary>
    private async Task ReadToolCalls()
    {
        var attempt = reading ??= ReadOnce();
        try
        {
            await attempt;
        }
        catch (Exception) when (reading == attempt)
        {
            reading = null;
            throw;
        }

        async Task ReadOnce()
        {
            var rows = await toolCalls.Of(Id.Value, CancellationToken.None);
            ledger.Load(rows);
            var since = clock.GetUtcNow() - MayBeUnanswered;
            openCalls =
            [
                .. rows
                    .Where(row => row.State.Source is ToolCallSource.Sideband && !(row.State.CompletedAt < since))
                    .Select(row => new UnansweredCall(row.Call, row.State.Name, row.State.Arguments)),
            ];
        }
    }

    /// <summary>Asks after open calls now and then: the silo of one may have died, or its news got lost.</summary>
    private void LookAfterTools(TimeSpan after)
    {
        if (ledger.Open.IsEmpty)
        {
            return;
        }

        toolWatch ??= this.RegisterGrainTimer(
            LookAfterTools, new GrainTimerCreationOptions(after, LookAfterToolsEvery) { Interleave = true });
    }

    private async Task LookAfterTools()
    {
        await Task.WhenAll(ledger.Open.Select(call => Reach(call, async turns =>
        {
            if (!await turns.Resume())
            {
                ledger.Forget(call);
            }
        })));
        if (ledger.Open.IsEmpty)
        {
            toolWatch?.Dispose();
            toolWatch = null;
        }
    }

    private async Task Reach(ToolCallId call, Func<IToolCallTurns, Task> ask)
    {
        try
        {
            await ask(GrainFactory.GetGrain<IToolCallTurns>(new ToolCallKey(Id, call).ToString()));
        }
        // Whatever it is, it is asked again, or filed as it is stored.
        catch (Exception e)
        {
            logger.CallNotReached(Id, call, e);
        }
    }

    /// <summary>A name that the model made up, fit for the audit trail.</summary>
    private static string SafeName(string name) =>
        string.Concat(name.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '?'));
}
