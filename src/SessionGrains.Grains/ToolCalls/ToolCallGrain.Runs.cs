using System.Text.Json;
using Orleans.Storage;
using SessionGrains.Grains.Workflows;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.ToolCalls;

/// <content>The one run: begun in a turn, off any turn while the tool works, and back in one with its outcome.</content>
internal sealed partial class ToolCallGrain
{
    private static readonly TimeSpan StoreOutcomeWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);

    // The run that everybody joins; it never fails.
    private Task going = Task.CompletedTask;

    // The workflow hears of the changes in their order.
    private Task told = Task.CompletedTask;

    /// <summary>Finds the run of an activation that died, and goes on as the tool's effect allows.</summary>
    private void GoOn()
    {
        if (!isLost && going.IsCompleted && ToolCallRules.IsAbandoned(current, activation))
        {
            going = Recover(current);
        }
    }

    private async Task Recover(ToolCallState abandoned)
    {
        logger.CallAbandoned(Key, abandoned.Name);
        try
        {
            var outcome = ToolCallRules.AfterLoss(abandoned, clock.GetUtcNow());
            if (outcome is null)
            {
                var asked = clock.GetTimestamp();
                var grant = await Tools.Admit(Claim(abandoned));
                var (tool, checkedArguments) = Check(abandoned.Name, abandoned.Arguments);
                if (grant.IsAccepted && tool is not null && tool.Effect == abandoned.Effect && checkedArguments.Value is { } arguments)
                {
                    // Nothing is written before it: the key is the same, and whoever else may send it sends the same.
                    await Send(tool, arguments, asked, attempt: 2);
                    return;
                }

                outcome = ToolCallRules.NotSent(abandoned, isRepeat: true, "The server that ran it was lost.");
            }

            await Conclude(outcome);
        }
        // The one catch-all of a run that nobody waits for: it is begun again by whoever asks next.
        catch (Exception e)
        {
            logger.CallStuck(Key, e);
        }
    }

    private async Task Send(ToolDeclaration tool, JsonElement arguments, long asked, int attempt)
    {
        // A silo that stops waits for it.
        using var lease = drain.TryEnter();
        await Conclude(await RunTool(tool, arguments, asked, attempt));
    }

    private async Task<ToolResult> RunTool(ToolDeclaration tool, JsonElement arguments, long asked, int attempt)
    {
        var call = current;
        var late = IsTooLate(asked) ? "it was too late" : stop.IsCancellationRequested ? "it was cancelled" : null;
        if (late is not null)
        {
            logger.NotSent(Key, late);
            return ToolCallRules.NotSent(call, isRepeat: attempt > 1, "The call was cancelled before it was made.");
        }

        var request = new ToolRequest(
            Key.Workflow.Value, Key.Call.Value, call.Name, arguments, call.Owner!.Subject, call.Owner.Tenant, Key.IdempotencyKeyFor(call.Name), call.Until, attempt);
        try
        {
            WorkflowTrace.Join(Key.Workflow);
            var result = await runner.RunAsync(tool, request, stop.Token);
            Failpoint.Hit("tool-ran");
            return result;
        }
        // It promises not to throw. If it does, all that is known is that the request may have left.
        catch (Exception e)
        {
            logger.RunnerBroke(Key, tool.Name, e.GetType().Name);
            return ToolCallRules.NotSent(call, isRepeat: true, "The tool broke.");
        }
    }

    /// <summary>Writes the outcome, unless one is written already; while the store is away it is kept in memory, and tried for a while.</summary>
    private async Task Conclude(ToolResult result)
    {
        var outcome = ToolCallRules.Finish(current, result, clock.GetUtcNow());
        var ready = clock.GetTimestamp();
        for (var delay = FirstDelay; !await TryConclude(outcome); delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            if (clock.GetElapsedTime(ready) + delay > StoreOutcomeWithin)
            {
                logger.OutcomeLost(Key, current.Name, clock.GetElapsedTime(ready));
                metrics.OutcomeLost(current.Name);
                GiveWay();
                return;
            }

            await Task.Delay(delay, clock);
        }

        Failpoint.Hit("tool-concluded");
        // Before anybody is answered: the next call may need the place that this one has had.
        await told;
    }

    private Task<bool> TryConclude(ToolCallState outcome) => InTurn(async () =>
    {
        if (!outcome.LeavesRow)
        {
            Became(outcome);
            return true;
        }

        var basis = current;
        try
        {
            stored.State = outcome;
            await stored.WriteStateAsync();
            Became(outcome);
            return true;
        }
        catch (InconsistentStateException e)
        {
            // Another activation wrote, or an earlier try of ours that was thought to have failed.
            logger.OutcomeNotStored(Key, e);
            return await TakeWhatIsStored(basis);
        }
        // Whatever it is, the tool has run and this is all that is known of it: it is tried again.
        catch (Exception e)
        {
            logger.OutcomeNotStored(Key, e);
            return false;
        }
    });

    private async Task<bool> TakeWhatIsStored(ToolCallState basis)
    {
        try
        {
            await stored.ReadStateAsync();
        }
        catch (Exception e)
        {
            logger.OutcomeNotStored(Key, e);
            return false;
        }

        var there = stored.RecordExists ? stored.State : ToolCallState.None;
        if (there == basis)
        {
            return false;
        }

        logger.OutcomeDiscarded(Key);
        if (there.Stage is ToolCallStage.None)
        {
            // Its workflow is over and has taken its rows with it: there is nothing left to tell.
            current = there;
            GiveWay();
            return true;
        }

        Became(there);
        return true;
    }

    private Task Tell() => told = TellAfter(told, ToolCallViews.Of(Key, current), current.EndsWorkflow);

    private async Task TellAfter(Task before, ToolCallView view, bool endsWorkflow)
    {
        await before;
        await Reach(() => Tools.Changed(view, endsWorkflow));
    }

    private async Task Reach(Func<Task> tell)
    {
        try
        {
            await tell();
        }
        // The outcome stands whoever has heard of it; the workflow asks for what it misses.
        catch (Exception e)
        {
            logger.NotTold(Key, e);
        }
    }
}
