using System.Text.Json;
using System.Threading.Channels;
using SessionGrains.OpenAI.Sideband;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <summary>Takes the facts of a call one at a time, asks the rules, and does what they say.</summary>
internal sealed class CallWork
{
    private static readonly TimeSpan LongestReadiness = TimeSpan.FromSeconds(15);

    private readonly CallPlan plan;
    private readonly CallSurroundings around;
    private readonly CallState state;
    private readonly Connection connection;
    private readonly Herald herald;
    private readonly CallEar ear;
    private readonly CallGuard guard;
    private readonly CallHands hands;
    private readonly Conversation conversation;
    private readonly ItemIds ids;
    private readonly string tag;
    private readonly Asides asides = new();
    private readonly HashSet<string> doubted = []; // items of ours that were refused, because something has their id
    private readonly Recovery recovery = new();
    private readonly OtherOwners others;
    private long lostAt;
    private int attachments;
    private int probes;
    private bool isAgain;
    private bool works;
    private bool wasInResponse;
    private string? lastItemId;
    private bool isOver;
    private volatile bool isLeaving;

    /// <param name="tag">Tells this owner from others of the call.</param>
    public CallWork(string tag, CallPlan plan, CallSurroundings around, CallState state, Connection connection, Herald herald, ChannelWriter<Fact> facts)
    {
        (this.tag, this.plan, this.around, this.state, this.connection, this.herald) = (tag, plan, around, state, connection, herald);
        var policy = new SessionPolicy(plan);
        ear = new(plan, state, new(around.Prices, policy.Model, policy.TranscriptionModel, around.Metrics.Used), herald);
        ids = new(plan.Salt);
        others = new(plan.Term, ids);
        guard = new(plan, policy);
        hands = new(plan, around, policy, guard.Items, state, facts);
        conversation = new(browserMayAnswer: plan.Mode is ConnectionMode.ClientSecret, ids, $"{tag}_");
        lostAt = around.Clock.GetTimestamp();
    }

    /// <summary>Does nothing any more: while the sideband closes, a successor may be at work already.</summary>
    public void Leave() => isLeaving = true;

    /// <summary>Until no more facts come.</summary>
    public async Task Run(ChannelReader<Fact> facts, CancellationToken stopping)
    {
        if (plan.IsTakeover)
        {
            ear.MayHaveMissed();
        }

        await Recover(plan.Unanswered.Select(call => new FunctionCall(call.CallId.Value, call.Name, call.ArgumentsJson, null, null)), stopping);
        await foreach (var fact in facts.ReadAllAsync(CancellationToken.None))
        {
            if (isLeaving || stopping.IsCancellationRequested)
            {
                continue;
            }

            try
            {
                await Handle(fact, stopping);
            }
            // One odd event must not leave a call without anybody who holds it.
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                around.Logger.FactNotHandled(plan.Workflow, plan.Call, fact.GetType().Name, e);
            }
        }
    }

    private Task Handle(Fact fact, CancellationToken stopping) => fact switch
    {
        Fact.Attached attached => Begin(attached, stopping),
        Fact.Heard(var told) => Hear(told, stopping),
        Fact.Lost(var kind) => Lose(kind),
        Fact.Gone(var how) => Gone(how, stopping),
        Fact.Ran(var callId, var outcome) => ToolEnded(() => conversation.Finished(callId, outcome), stopping),
        Fact.Told(var call, var ends) => Do(conversation.Tell(call, ends), stopping),
        Fact.Waited(var what, var key) => Do(conversation.Waited(what, key), stopping),
        Fact.ReadyBy(var attached) => CutIfMute(attached),
        Fact.RevertedBy(var number) => hands.IsOpen(number) && !isOver ? Do(guard.JudgeAgain(), stopping) : Task.CompletedTask,
        _ => throw new System.Diagnostics.UnreachableException($"Nothing is known to do for {fact}."),
    };

    private Task Begin(Fact.Attached attached, CancellationToken stopping)
    {
        (isAgain, works) = (attached.IsAgain, false);
        attachments++;
        if (isAgain)
        {
            around.Metrics.Reattached();
            ear.MayHaveMissed();
            guard.Items.MayHaveMissed();
        }

        return hands.Take(attached.Sideband, LongestReadiness, stopping);
    }

    private async Task Hear(SidebandEvent told, CancellationToken stopping)
    {
        if (asides.Holds(told))
        {
            ear.Count(told);
            return;
        }

        ear.Hear(told);
        if (isOver)
        {
            return;
        }

        switch (told)
        {
            case SessionUpdated(var session):
                hands.SessionSeen();
                await Do(guard.Judge(session), stopping);
                await BecomeReady(stopping);
                break;
            case Unreadable:
                await Do(guard.JudgeUnreadable(), stopping);
                break;
            case ItemAdded added:
                await Add(added, stopping);
                break;
            case ItemRetrieved retrieved when recovery.Find(retrieved.Item.AsItem()) is { } found:
                await Recover(found, retrieved, stopping);
                break;
            case ItemRetrieved(var item, _) when item.AsItem().Id is { } id && doubted.Remove(id):
                await Do(Compare(item, id), stopping);
                break;
            case Error error:
                around.Logger.EventRefused(plan.Workflow, plan.Call, error.Code);
                await Do(conversation.Hear(told), stopping);
                await Doubt(error, stopping);
                break;
            default:
                Watch(told);
                await Do(conversation.Hear(told), stopping);
                break;
        }
    }

    private async Task Recover(Recovery.Found found, ItemRetrieved retrieved, CancellationToken stopping)
    {
        switch (found)
        {
            case Recovery.Found.ProbeLeftBehind(var itemId):
                await Do([new Step.DeleteItem(itemId), NextProbe()], stopping);
                break;
            case Recovery.Found.Last(var itemId, var mayHaveMissed):
                await Recover(retrieved.Call is { } call ? [call] : [], stopping);
                await Do(conversation.Recovered(itemId, retrieved.Item.AsItem().IsModels, mayHaveMissed, $"{tag} {attachments}"), stopping);
                break;
        }
    }

    private Task Recover(IEnumerable<FunctionCall> unanswered, CancellationToken stopping)
    {
        FunctionCall[] calls = [.. unanswered];
        foreach (var call in calls)
        {
            guard.Items.Expect(ids.OfAnswer(call.CallId));
            guard.Items.Expect(ids.OfPendingAnswer(call.CallId));
        }

        return Do(conversation.Recover(calls), stopping);
    }

    /// <summary>Something has the id of an item of ours: what an owner before us said, or what a page put in its place while nobody listened.</summary>
    private Task Doubt(Error error, CancellationToken stopping) =>
        error is { Code: "item_create_duplicate_item_id", EventId: { } itemId } && guard.IsOn && guard.Items.AreOurs(itemId) && doubted.Add(itemId)
            ? hands.Send(ClientEvents.ItemRetrieve(itemId), stopping)
            : Task.CompletedTask;

    /// <summary>What an owner before us said in other words is nobody's fault. It is replaced, as what a page put there is.</summary>
    private IReadOnlyList<Step> Compare(JsonElement found, string itemId) =>
        !guard.Items.IsExpected(itemId) ? guard.Judge(found, conversation.Reject) ?? []
        : guard.Items.FindForeign(found) is null ? []
        : conversation.Reject(itemId);

    private Step.Say NextProbe() => recovery.Begin(ids.OfProbe(plan.Term, NextProbeKey()), lastItemId, wasInResponse);

    private string NextProbeKey() => $"{tag} {++probes}";

    private async Task Add(ItemAdded added, CancellationToken stopping)
    {
        var item = added.Item.AsItem();
        if (recovery.IsProbe(item.Id))
        {
            foreach (var asked in recovery.ProbeAdded(added.PreviousItemId))
            {
                await hands.Send(asked, stopping);
            }

            return;
        }

        if (others.IsShown(item.Id))
        {
            await hands.Send(ClientEvents.ItemDelete(item.Id!), stopping);
            return;
        }

        // In client secret mode the browser knows what our ids follow from.
        if (guard.IsOn && others.TermOf(item) is { } term)
        {
            await Meet(term, stopping);
            return;
        }

        lastItemId = item.Id ?? lastItemId;
        // Where it is only noted, it still counts for nothing: our own answer follows.
        await Do(guard.Judge(added.Item, conversation.Reject) ?? conversation.Hear(added), stopping);
    }

    /// <summary>Another owner of this call has attached.</summary>
    private Task Meet(int term, CancellationToken stopping)
    {
        if (others.IsLater(term))
        {
            StandDown();
        }
        else if (works && others.Answer(term, NextProbeKey()) is { } probe)
        {
            return Do([probe], stopping);
        }

        return Task.CompletedTask;
    }

    private void StandDown()
    {
        around.Logger.Superseded(plan.Workflow, plan.Call);
        isLeaving = true;
        state.Lost();
        herald.Tell(new CallNews.Superseded());
        // Facts are taken while it closes, and come to nothing.
        _ = connection.Close();
    }

    private void Watch(SidebandEvent told)
    {
        switch (told)
        {
            case OutputItemAdded output:
                guard.Items.Produced(output.ItemId);
                break;
            case ItemDeleted deleted:
                guard.Items.Deleted(deleted.ItemId);
                break;
            case ResponseStarted or ResponseDone:
                guard.Items.SeesResponses();
                break;
            case AudioStarted:
                hands.HasSpoken();
                break;
        }
    }

    private async Task BecomeReady(CancellationToken stopping)
    {
        if (works || isOver)
        {
            return;
        }

        works = true;
        connection.Works();
        state.Held();
        var after = around.Clock.GetElapsedTime(lostAt);
        around.Metrics.Ready(after);
        around.Metrics.Working(1);
        around.Logger.SidebandWorks(plan.Workflow, plan.Call, after);
        herald.Tell(new CallNews.ControlChanged(Control.Full));
        if (isAgain)
        {
            hands.HasSpoken();
            await Do([NextProbe()], stopping);
        }

        await Do(conversation.Attached(), stopping);
    }

    private Task Lose(CloseKind kind)
    {
        hands.Release();
        around.Logger.SidebandLost(plan.Workflow, plan.Call, kind);
        around.Metrics.Lost(kind);
        ear.MayHaveMissed();
        wasInResponse = conversation.IsResponseActive;
        conversation.Lost();
        state.Lost();
        if (works)
        {
            works = false;
            lostAt = around.Clock.GetTimestamp();
            around.Metrics.Working(-1);
            herald.Tell(new CallNews.ControlChanged(Control.Degraded));
        }

        return Task.CompletedTask;
    }

    private Task Gone(string how, CancellationToken stopping)
    {
        around.Logger.CallGone(plan.Workflow, plan.Call, how);
        return Do([new Step.Finish(EndReason.CallEnded, how)], stopping);
    }

    private Task ToolEnded(Func<IReadOnlyList<Step>> decide, CancellationToken stopping)
    {
        state.ToolEnds();
        return Do(decide(), stopping);
    }

    private async Task CutIfMute(ISideband attached)
    {
        if (!works && hands.Holds(attached))
        {
            around.Logger.SidebandMute(plan.Workflow, plan.Call);
            await attached.DisposeAsync();
        }
    }

    private async Task Do(IReadOnlyList<Step> steps, CancellationToken stopping)
    {
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.Finish(var reason, var detail):
                    End(reason, detail);
                    return;
                case Step.Note(var kind, var detail):
                    Note(kind, detail);
                    break;
                default:
                    await hands.Do(step, stopping);
                    break;
            }
        }
    }

    private void Note(string kind, string detail)
    {
        around.Logger.PolicyBroken(plan.Workflow, plan.Call, kind, detail);
        around.Metrics.Violated(kind);
        herald.Tell(new CallNews.Noted(kind, detail));
    }

    private void End(EndReason reason, string detail)
    {
        if (!isOver)
        {
            isOver = true;
            around.Logger.CallToEnd(plan.Workflow, plan.Call, reason);
            herald.Tell(new CallNews.Over(reason, detail));
        }
    }

    /// <summary>The sideband goes; what it counted for goes with it.</summary>
    public void Stop() => around.Metrics.Working(works ? -1 : 0);
}
