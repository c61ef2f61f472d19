using System.Globalization;
using Orleans.Runtime.Placement;
using Orleans.Storage;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using static SessionGrains.Grains.Workflows.WorkflowCommand;

namespace SessionGrains.Grains.Workflows;

/// <content>The call that the workflow holds: its sideband, what is heard on it, and what pages are told of it.</content>
internal sealed partial class WorkflowGrain
{
    private static readonly TimeSpan ExpiryWarning = TimeSpan.FromSeconds(60);

    // The farewell is waited for by the owner of the sideband; this is for one that is lost, or was never attached.
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan FarewellThatIsHeard = TimeSpan.FromSeconds(45);

    // A silo that has just started asks tool servers what they offer; a call that it takes over must not lose their tools meanwhile.
    private static readonly TimeSpan AwaitTools = TimeSpan.FromSeconds(10);

    private readonly News news = new(clock);
    private readonly EventStream events = new(clock);
    private SidebandOwner? owner;
    private string? knownCall; // the one before, if OpenAI knew it
    private string? holdsFor;
    private DateTimeOffset holdsSince;
    private bool isTakenOver;
    private int term;
    private bool hasWarnedOfBudget;
    private bool hasToldExpiry;
    private DateTimeOffset lastToolCall;
    private DateTimeOffset? farewellBy;
    private Task releasing = Task.CompletedTask;
    private Task? stoppingTools;

    private Control Control => current.Phase is not Phase.Active ? Control.None : owner?.Control ?? Control.Degraded;

    /// <summary>Who waits for a tool, or for somebody's approval, is not idle.</summary>
    private DateTimeOffset LastActivity =>
        owner is null || !ledger.Open.IsEmpty ? clock.GetUtcNow() : owner.LastActivity > lastToolCall ? owner.LastActivity : lastToolCall;

    public async Task Heard(CallId call, CallNews heard)
    {
        if (owner?.Call != call || (heard.Owner is { } teller && teller != owner.Tag))
        {
            return;
        }

        switch (heard)
        {
            case CallNews.ControlChanged:
                events.Tell(new WorkflowEvent.Updated(await ViewOf(current)));
                break;
            case CallNews.Used { Consumption: var consumption }:
                news.Take(consumption);
                await Spend(call);
                break;
            case CallNews.Said { IsAll: true } said:
                events.Tell(new WorkflowEvent.TranscriptDone(said.Role, said.ItemId, said.Text));
                return;
            case CallNews.Said said:
                events.Tell(new WorkflowEvent.TranscriptDelta(said.Role, said.ItemId, said.Text));
                return;
            case CallNews.Noted noted:
                news.Note(noted.Kind, noted.Detail);
                break;
            case CallNews.Superseded:
                (wasOvertaken, isSuperseded) = (true, true);
                DeactivateOnIdle();
                return;
            case CallNews.Over over:
                await Turns.Handle(new CallOver(call, over.Reason, over.Detail));
                break;
        }

        await SetAlarm();
    }

    /// <summary>Whether OpenAI may not know this call yet. Where its sideband has worked it did.</summary>
    private bool MayBeTooNew(OwedHangUp owed) =>
        owed.CallId != knownCall && !(owner is { HasWorked: true } && owner.Call.Value == owed.CallId) && Calls.IsNew(current, owed, clock.GetUtcNow());

    /// <summary>A tool has completed the workflow: it ends when the farewell was heard, or when that takes too long.</summary>
    private async Task BeginFarewell()
    {
        farewellBy ??= clock.GetUtcNow() + (Control is Control.Full ? FarewellThatIsHeard : FarewellTime);
        await SetAlarm();
    }

    public async Task MoveTo(SiloAddress silo)
    {
        try
        {
            await Apply(new Checkpoint());
        }
        catch (Exception e) when (StorageFaults.IsUnavailable(e))
        {
            // What is new is lost then; the call is not.
        }

        // Whoever waits for news here would keep the activation from moving.
        events.Interrupt();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        MigrateOnIdle();
    }

    /// <summary>What this activation does not know of a workflow that it found: whatever happened while nobody listened.</summary>
    private async Task TakeOver()
    {
        isTakenOver = current.Phase is Phase.Active;
        term = (current.Term ?? 0) + (isTakenOver ? 1 : 0);
        news.Reset(current.Usage, mayHaveMissed: isTakenOver);
        if (current.Phase is Phase.Active or Phase.Ending)
        {
            await ReloadTools();
        }
    }

    /// <summary>Holds the workflow's call, and no other. While it is hung up it is listened to: the last response is paid for too.</summary>
    private async Task HoldCall()
    {
        if (current.Phase is Phase.Ending)
        {
            owner?.HangsUp();
            return;
        }

        if (owner?.Call.Value == (current.Phase is Phase.Active ? current.CallId : null) && owner is not { HasDied: true })
        {
            return;
        }

        if (owner is { HasDied: true } dead)
        {
            // The next one takes over from it, as it would from another silo's.
            isTakenOver = true;
            holdsSince = dead.LostSince ?? clock.GetUtcNow();
            reading.Forget();
            // The next one counts from zero.
            news.BeginCall();
        }

        if (owner is { IsBusy: true })
        {
            // A call that makes room for another is hung up unheard, with what its last response costs.
            news.MayHaveMissed();
        }

        LetGoOfCall();
        if (current.Phase is not Phase.Active)
        {
            return;
        }

        // Whatever keeps it from being held from here on, the time without control counts from now.
        if (holdsFor != current.CallId)
        {
            (holdsFor, holdsSince) = (current.CallId, clock.GetUtcNow());
            news.BeginCall();
        }

        if (isTakenOver && !await TryReadToolCalls())
        {
            // Without its rows nobody knows which calls are unanswered: it is tried again soon.
            return;
        }

        try
        {
            var definition = await policies.DefinitionOf(current);
            if (isTakenOver && policies.AwaitsTools(definition) && clock.GetUtcNow() < holdsSince + AwaitTools)
            {
                return;
            }

            var plan = new CallPlan(
                Id,
                CallId.Parse(current.CallId!),
                current.Mode,
                SessionRenderer.Render(definition, current.Values),
                policies.ToolsOf(definition),
                definition.Guard,
                definition.Transcripts,
                isTakenOver,
                isTakenOver ? OpenCalls : [])
            {
                Salt = current.CallSalt ?? current.CallId!,
                Term = term,
                NewUntil = Calls.NewUntil(current, current.CallId!) ?? default,
            };
            owner = sidebands.Hold(plan, () => callSecrets.Values);
        }
        catch (InvalidDataException lost)
        {
            // Without its definition nobody knows what the call may do: it ends when control has been lost for long enough.
            logger.NoDefinition(Id, lost);
        }

        isTakenOver = false;
    }

    private void LetGoOfCall()
    {
        if (owner is { } former)
        {
            owner = null;
            knownCall = former.HasWorked ? former.Call.Value : knownCall;
            // A polite close takes a moment, and no turn waits for it.
            releasing = Task.WhenAll(releasing, former.DisposeAsync().AsTask());
        }
    }

    private async Task Spend(CallId call)
    {
        var limits = await policies.LimitsOf(current);
        var used = Budgets.Used(news.Used, limits);
        events.Tell(new WorkflowEvent.UsageUpdated(WorkflowViews.UsageOf(news.Used, ToolCallCount), used));
        if (used >= Budgets.Warning && !hasWarnedOfBudget)
        {
            hasWarnedOfBudget = true;
            news.Note(TimelineKinds.BudgetWarning, string.Create(CultureInfo.InvariantCulture, $"{used:P0}"));
            await TellEndpoints();
        }

        if (Budgets.Exhausted(news.Used, limits) is { } cap)
        {
            await Turns.Handle(new CallOver(call, EndReason.BudgetExhausted, cap));
        }
    }

    /// <summary>What the owner before still writes, should its silo have been frozen or be cut off, loses from here on.</summary>
    private async Task Claim()
    {
        try
        {
            await Apply(new Checkpoint());
        }
        catch (Exception e) when (e is not InconsistentStateException)
        {
            // The call is held all the same, and hung up in time, whatever it is that the store has against it.
            logger.NotClaimed(Id, e);
            news.SaveSoon();
            await Resume();
        }
    }

    private WorkflowState WithNews(WorkflowState state)
    {
        if (wasOvertaken)
        {
            // The other activation has news of its own.
            return state;
        }

        var known = news.AddTo(state, ToolCallCount);
        return known.IsLive && (known.Term ?? 0) < term ? known with { Term = term } : known;
    }

    private async Task TellPages(WorkflowState before, WorkflowView? last)
    {
        if (last is not null)
        {
            events.Tell(new WorkflowEvent.Ended(last));
        }
        else if (current.Phase is not (Phase.None or Phase.Ended) && (before.Phase != current.Phase || before.CallId != current.CallId))
        {
            events.Tell(new WorkflowEvent.Updated(await ViewOf(current)));
        }
    }
}
