using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <content>How facts move a conversation on, and what goes out when.</content>
internal sealed partial class Conversation
{
    private List<Step> Move(Action how)
    {
        if (isOver)
        {
            return [];
        }

        steps = [];
        how();
        if (isAttached && !isOver && floor.IsFree)
        {
            SendWhatIsReady();
        }

        return steps;
    }

    private void Announce(FunctionCall call)
    {
        if (!calls.TryGetValue(call.CallId, out var known))
        {
            Announce(call, TurnOf(call.ResponseId), isDoubtful: false);
        }
        else if (known.IsAnswered && call.ResponseId is { } response && known.ResponseId is { } first && response != first)
        {
            TurnOf(response).IsRepeat = true;
        }
    }

    private void Announce(FunctionCall call, ToolTurn turn, bool isDoubtful)
    {
        var asked = new AskedCall(call.CallId, call.Name, call.ResponseId, isDoubtful);
        calls.Add(call.CallId, asked);
        turn.Calls.Add(asked);
        asked.IsAnswered = answeredElsewhere.Remove(call.CallId);
        if (farewell.Tool is not null)
        {
            asked.Output = ToolAnswers.Ending;
        }
        else if (!ToolCallId.TryParse(call.CallId, out var id))
        {
            asked.Output = ToolAnswers.InvalidId;
            steps.Add(new Step.Note("tool_call_refused", "its id is none"));
        }
        else if (!asked.IsAnswered)
        {
            steps.Add(new Step.RunTool(id, call.Name, call.Arguments));
        }
    }

    private ToolTurn TurnOf(string? responseId)
    {
        if (turns.Find(turn => responseId is not null && turn.ResponseId == responseId) is { } there)
        {
            return there;
        }

        var made = new ToolTurn(responseId, isDone: responseId is null || doneResponses.Contains(responseId));
        turns.Add(made);
        return made;
    }

    private void Settle(AskedCall asked, ToolCallView call, bool endsWorkflow)
    {
        (asked.Output, asked.IsPending) = (ToolAnswers.Of(call), call.Status is ToolCallStatus.PendingApproval);
        if (Ends(call, endsWorkflow))
        {
            asked.EndsWorkflow = true;
            steps.Add(farewell.Begin(asked.Name));
        }
    }

    /// <summary>The outcome of a call whose output has only said that somebody must agree first.</summary>
    private void TellResult(ToolCallView call, bool endsWorkflow, bool isDoubtful)
    {
        if (!results.Add(call.CallId.Value))
        {
            return;
        }

        var itemId = ids.OfResult(call.CallId.Value);
        queue.Enqueue((itemId, new Step.Say(itemId, ToolAnswers.Result(call)), Ends(call, endsWorkflow), isDoubtful));
        if (Ends(call, endsWorkflow))
        {
            steps.Add(farewell.Begin(call.Name));
        }
    }

    private void Start(string responseId)
    {
        floor.Started(responseId, deliveries.HaveArrived);
        farewell.Started(responseId, knows: !floor.IsWanted);
        if (foreign.Count > 0)
        {
            foreach (var (itemId, _) in foreign.Where(item => !item.Value).ToArray())
            {
                foreign.Remove(itemId);
            }

            steps.Add(new Step.CancelResponse(responseId));
            if (turns.Count is 0)
            {
                floor.Want();
            }
        }
    }

    private void End(ResponseDone done)
    {
        doneResponses.Add(done.ResponseId);
        floor.Done(done.ResponseId);
        var turn = turns.Find(turn => turn.ResponseId == done.ResponseId);
        _ = turn?.IsDone = true;
        if (farewell.Done(done.ResponseId, done.Status, goesOn: turn is not null))
        {
            Finish();
        }
    }

    private void Add(ConversationItem item)
    {
        if (item.Id is { } id && deliveries.Arrived(id))
        {
            floor.Want();
        }

        if (!browserMayAnswer || item is not { Type: ConversationItem.Output, CallId: { } callId } || (item.Id is { } own && deliveries.Contain(own)))
        {
            return;
        }

        if (calls.TryGetValue(callId, out var asked))
        {
            asked.IsAnswered = true;
        }
        else
        {
            answeredElsewhere.Add(callId);
        }
    }

    private void SendWhatIsReady()
    {
        // Not before the outputs that are still to come, so that no call is made again that has its result.
        if (notice is { } key && turns.TrueForAll(turn => turn.IsReady))
        {
            notice = null;
            steps.Add(new Step.Say(ids.OfMessage(key), ToolAnswers.Interrupted));
        }

        foreach (var turn in turns.Where(turn => turn.IsReady).ToArray())
        {
            turns.Remove(turn);
            Send(turn);
        }

        while (queue.TryDequeue(out var next))
        {
            Send(next.ItemId, next.Step, next.IsDoubtful);
            if (next.EndsWorkflow)
            {
                steps.Add(farewell.Told());
            }
        }

        steps.AddRange(floor.TryCreate());
    }

    private void Send(ToolTurn turn)
    {
        foreach (var call in turn.Calls.Where(call => !call.IsAnswered))
        {
            call.IsAnswered = true;
            var itemId = call.IsPending ? ids.OfPendingAnswer(call.CallId) : ids.OfAnswer(call.CallId);
            Send(itemId, new Step.Answer(call.CallId, itemId, call.Output!), call.IsDoubtful);
        }

        if (turn.IsRepeat)
        {
            floor.Want();
        }

        if (turn.Calls.Exists(call => call.EndsWorkflow))
        {
            steps.Add(farewell.Told());
        }
    }

    /// <summary>What may have been there before is worth a response only once it is known to be new.</summary>
    private void Send(string itemId, Step step, bool isDoubtful)
    {
        steps.Add(deliveries.Send(itemId, step, isDoubtful));
        if (!isDoubtful)
        {
            floor.Want();
        }
    }

    /// <summary>Something else had taken the id of an item of ours.</summary>
    private void SayAgain(string itemId) => queue.Enqueue((itemId, deliveries.Find(itemId), EndsWorkflow: false, IsDoubtful: false));

    private void Finish()
    {
        isOver = true;
        steps.Add(new Step.Finish(EndReason.Completed, farewell.Tool!));
    }

    private static bool Ends(ToolCallView call, bool endsWorkflow) => endsWorkflow && call.Status is ToolCallStatus.Completed;
}
