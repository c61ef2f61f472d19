using SessionGrains.Grains.ToolCalls;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;
using SidebandEvent = SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <summary>The rules by which tool calls are answered in a conversation. Pure: they read no clock and send nothing.</summary>
/// <remarks>
/// Every call is answered once, whatever becomes of it. The outputs of a response go out together and are followed by one
/// <c>response.create</c>, never while a response is active.
/// </remarks>
/// <param name="browserMayAnswer">Whether the browser may answer calls, as in client secret mode.</param>
/// <param name="ids">The ids of the items that go out.</param>
/// <param name="eventPrefix">Begins the ids of our events, so that errors are known to be ours.</param>
internal sealed partial class Conversation(bool browserMayAnswer, ItemIds ids, string eventPrefix)
{
    private static readonly TimeSpan BrowsersTurn = TimeSpan.FromSeconds(5);

    private readonly Floor floor = new(eventPrefix);
    private readonly Farewell farewell = new();
    private readonly Deliveries deliveries = new();
    private readonly Dictionary<string, AskedCall> calls = [];
    private readonly List<ToolTurn> turns = [];
    private readonly HashSet<string> doneResponses = [];
    private readonly HashSet<string> answeredElsewhere = [];
    private readonly Dictionary<string, bool> foreign = []; // what is being taken out, and whether it has the id of an item of ours
    private readonly Queue<(string ItemId, Step Step, bool EndsWorkflow, bool IsDoubtful)> queue = [];
    private readonly HashSet<string> results = [];
    private string? notice;
    private bool isAttached;
    private bool isOver;
    private List<Step> steps = [];

    /// <summary>Whether a response runs, as far as we heard.</summary>
    public bool IsResponseActive => floor.Active is not null;

    public IReadOnlyList<Step> Hear(SidebandEvent told) => Move(() =>
    {
        switch (told)
        {
            case FunctionCall call:
                Announce(call);
                break;
            case ResponseStarted(var id):
                Start(id);
                break;
            case ResponseDone done:
                End(done);
                break;
            case ItemAdded added:
                Add(added.Item.AsItem());
                break;
            case ItemDeleted(var id) when foreign.Remove(id, out var isDisplaced) && isDisplaced:
                SayAgain(id);
                break;
            case SpeechStarted:
                steps.Add(floor.SpeechStarted());
                break;
            case SpeechStopped:
                steps.Add(floor.SpeechStopped());
                break;
            case AudioStarted(var id):
                farewell.AudioStarted(id);
                break;
            case AudioStopped(var id) when farewell.AudioStopped(id):
                Finish();
                break;
            case Error { Code: "conversation_already_has_active_response" } error:
                floor.Refused(error.EventId);
                break;
            case Error { EventId: { } eventId }:
                floor.Failed(eventId);
                deliveries.Refused(eventId);
                break;
        }
    });

    /// <summary>Calls that an earlier owner began, or that were made while nobody listened.</summary>
    public IReadOnlyList<Step> Recover(params IEnumerable<FunctionCall> unanswered) => Move(() =>
    {
        var turn = new ToolTurn(null, isDone: true);
        turns.Add(turn);
        foreach (var call in unanswered.Where(call => !calls.ContainsKey(call.CallId)))
        {
            Announce(call with { ResponseId = null }, turn, isDoubtful: true);
        }
    });

    /// <summary>A tool has its outcome, or was refused.</summary>
    public IReadOnlyList<Step> Finished(string callId, Outcome<ToolCallOutcome> outcome) => Move(() =>
    {
        if (calls[callId] is not { Output: null } asked)
        {
            return;
        }

        if (!outcome.IsAccepted)
        {
            asked.Output = ToolAnswers.Of(outcome.Refusal);
            return;
        }

        var isPending = outcome.Value.Call.Status is ToolCallStatus.PendingApproval;
        var (call, ends) = isPending && asked.Told is { } told ? told : (outcome.Value.Call, outcome.Value.EndsWorkflow);
        if (asked.IsDoubtful && call is { IsFinal: true, ApproveBy: not null })
        {
            // An earlier owner has said that somebody must agree first, or would have: a call has one output.
            (asked.Output, asked.IsPending) = (ToolAnswers.Pending, true);
            TellResult(call, ends, isDoubtful: true);
        }
        else
        {
            Settle(asked, call, ends);
        }

        if (browserMayAnswer && call.Source is ToolCallSource.Relay && !asked.IsAnswered)
        {
            asked.IsTheBrowsers = true;
            steps.Add(new Step.WaitFor(Wait.Browser, callId, BrowsersTurn));
        }
    });

    /// <summary>A call changed. The model is told if all that it knows is that somebody must agree first.</summary>
    public IReadOnlyList<Step> Tell(ToolCallView call, bool endsWorkflow) => Move(() =>
    {
        var asked = calls.GetValueOrDefault(call.CallId.Value);
        if (!call.IsFinal || (asked is null && call.ApproveBy is null))
        {
            return;
        }

        if (asked is { Output: null })
        {
            asked.Told = (call, endsWorkflow);
        }
        else if (asked is { IsPending: true, IsAnswered: false })
        {
            Settle(asked, call, endsWorkflow);
        }
        else if (asked is null or { IsPending: true })
        {
            TellResult(call, endsWorkflow, isDoubtful: false);
        }
    });

    /// <summary>The sideband works, for the first time or again; what was on its way goes out again.</summary>
    public IReadOnlyList<Step> Attached() => Move(() =>
    {
        isAttached = true;
        turns.ForEach(turn => turn.IsDone = true);
        steps.AddRange(deliveries.Again());
    });

    public void Lost()
    {
        isAttached = false;
        floor.Lost();
        foreach (var (itemId, _) in foreign.Where(item => item.Value).ToArray())
        {
            SayAgain(itemId);
        }

        foreign.Clear();
    }

    /// <summary>What the conversation ended with when we came back to it, and whether the model may have asked for tools meanwhile.</summary>
    /// <param name="isModels">Whether the model said or asked that: then it has seen all that was there before.</param>
    public IReadOnlyList<Step> Recovered(string lastItemId, bool isModels, bool mayHaveMissed, string noticeKey) => Move(() =>
    {
        // Whoever spoke after our last item: what we asked the model for it has not said.
        var isOwed = deliveries.WereInDoubt() | floor.LostCreation();
        if (!isModels && (isOwed || deliveries.Contain(lastItemId)))
        {
            floor.Want();
        }

        notice = mayHaveMissed ? noticeKey : notice;
    });

    /// <summary>An item that nobody may put there is taken out, and so is a response that saw it.</summary>
    public IReadOnlyList<Step> Reject(string itemId) => Move(() =>
    {
        foreign[itemId] = deliveries.Contain(itemId);
        deliveries.Refused(itemId);
        steps.Add(new Step.DeleteItem(itemId));
    });

    public IReadOnlyList<Step> Waited(Wait what, string key) => Move(() =>
    {
        switch (what)
        {
            case Wait.Turn:
                floor.HeldLongEnough(key);
                break;
            case Wait.Creation when floor.Failed(key):
                deliveries.GiveUp();
                break;
            case Wait.Browser when calls.TryGetValue(key, out var asked):
                asked.IsTheBrowsers = false;
                break;
            case Wait.Farewell when farewell.IsOver(key):
                Finish();
                break;
        }
    });
}
