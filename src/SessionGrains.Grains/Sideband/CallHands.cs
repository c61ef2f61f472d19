using System.Text.Json.Nodes;
using System.Threading.Channels;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>Does what the rules say: sends, asks tools, waits.</summary>
internal sealed class CallHands(
    CallPlan plan, CallSurroundings around, SessionPolicy policy, ItemGuard items, CallState state, ChannelWriter<Fact> facts)
{
    private static readonly TimeSpan LongestRevert = TimeSpan.FromSeconds(5);

    private readonly ToolRuns tools = new(plan, around.Tools, facts, around.Clock, around.Logger);
    private ISideband? sideband;
    private bool isSilent = true;
    private bool isReverting;
    private int reverts;

    /// <summary>Takes a sideband, and asks for the proof that it works.</summary>
    public Task Take(ISideband attached, TimeSpan readyWithin, CancellationToken stopping)
    {
        sideband = attached;
        Later(readyWithin, new Fact.ReadyBy(attached), stopping);
        return Send(ClientEvents.SessionUpdate(policy.Update()), stopping);
    }

    public void Release() => (sideband, isReverting) = (null, false);

    public bool Holds(ISideband attached) => sideband == attached;

    /// <summary>The model was heard, or may have been: its voice cannot be changed any more.</summary>
    public void HasSpoken() => isSilent = false;

    public void SessionSeen() => isReverting = false;

    /// <summary>Whether this revert has had no answer, and no other one came after it.</summary>
    public bool IsOpen(int revert) => isReverting && revert == reverts;

    public Task Do(Step step, CancellationToken stopping)
    {
        switch (step)
        {
            case Step.RunTool call:
                state.ToolBegins();
                _ = tools.Run(call, stopping);
                return Task.CompletedTask;
            case Step.WaitFor wait:
                Later(wait.AtMost, new Fact.Waited(wait.What, wait.Key), stopping);
                return Task.CompletedTask;
            case Step.RevertSession revert:
                isReverting = true;
                Later(LongestRevert, new Fact.RevertedBy(++reverts), stopping);
                return Send(ClientEvents.SessionUpdate(policy.Revert(revert.Paths, isSilent)), stopping);
            case Step.Answer answer:
                items.Sent(ConversationItem.OurOutput(answer.ItemId, answer.CallId, answer.Output));
                return Send(ClientEvents.FunctionCallOutput(answer.CallId, answer.Output, answer.ItemId, answer.ItemId), stopping);
            case Step.Say say:
                items.Sent(ConversationItem.OurMessage(say.ItemId, say.Text));
                return Send(ClientEvents.Message("system", say.Text, say.ItemId, say.ItemId), stopping);
            case Step.CreateResponse create:
                return Send(ClientEvents.ResponseCreate(eventId: create.EventId), stopping);
            case Step.CancelResponse cancel:
                return Send(ClientEvents.ResponseCancel(cancel.ResponseId), stopping);
            case Step.DeleteItem delete:
                return Send(ClientEvents.ItemDelete(delete.ItemId), stopping);
            default:
                throw new System.Diagnostics.UnreachableException($"Nothing is known to do for {step}.");
        }
    }

    public async Task Send(JsonObject clientEvent, CancellationToken stopping)
    {
        try
        {
            await (sideband?.SendAsync(clientEvent, stopping) ?? Task.CompletedTask);
        }
        catch (SidebandClosedException)
        {
            // Its end is told by itself. What was on its way is sent again on the next one.
        }
    }

    private void Later(TimeSpan after, Fact fact, CancellationToken stopping) => _ = Post(after, fact, stopping);

    private async Task Post(TimeSpan after, Fact fact, CancellationToken stopping)
    {
        await Task.Delay(after, around.Clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stopping.IsCancellationRequested && !facts.TryWrite(fact) && await facts.WaitToWriteAsync(CancellationToken.None))
        {
        }
    }
}
