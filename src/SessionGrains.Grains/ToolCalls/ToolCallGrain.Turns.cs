using System.Diagnostics;
using Orleans.Core;
using Orleans.Storage;
using SessionGrains.Grains.Storage;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.ToolCalls;

/// <content>The turns: one change of the state at a time, decided, saved, then done.</content>
internal sealed partial class ToolCallGrain
{
    // No other activation has it, neither before this one nor beside it.
    private readonly string activation = Guid.NewGuid().ToString("n");

    private readonly CancellationTokenSource stop = new();

    private StateStorageBridge<ToolCallState> stored = null!; // set before the first call

    // Of a call that its workflow hears of for the first time nothing is stored, and it is run without a look. Should there be a row all the same, written by a
    // silo that is gone by now, the first write fails and nothing was sent.
    private readonly FirstRead reading = new();

    // What was last read or written. What is being stored is ahead of it while a write is under way.
    private ToolCallState current = ToolCallState.None;
    private bool isLost;
    private Task lastTurn = Task.CompletedTask;

    private IWorkflowTools Tools => GrainFactory.GetGrain<IWorkflowTools>(Key.Workflow.Value);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        stored = new("tool_call", GrainContext, storage);
        return Task.CompletedTask;
    }

    /// <summary>A silo that stops in good order gives a tool that runs the time to finish; its outcome is not lost for a deployment.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        isLost ? Task.CompletedTask : Settling(StopPatience, cancellationToken);

    public void Dispose() => stop.Dispose();

    /// <summary>Learns what is stored, once in an activation; nothing is written before that, or before it is known that there is nothing.</summary>
    private Task Read() => reading.Done(async () =>
    {
        await stored.ReadStateAsync();
        current = stored.RecordExists ? stored.State : ToolCallState.None;
        if (stored.RecordExists)
        {
            StayInMemory();
        }

        WaitForApproval();
        GoOn();
    });

    private async Task<T> InTurn<T>(Func<Task<T>> step)
    {
        var before = lastTurn;
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lastTurn = turn.Task;
        await before;
        try
        {
            // What is stored is not known here any more. Orleans gives the caller, or its next try, an activation that reads it.
            return isLost ? throw new InconsistentStateException("This activation of a tool call has given way.") : await step();
        }
        finally
        {
            turn.SetResult();
        }
    }

    private Joined Compare(string name, string argumentsJson) =>
        ToolCallRules.IsSame(current, name, argumentsJson, Check(name, argumentsJson).Checked.Hash)
            ? new(null, IsReplay: true)
            : new(new Refusal(RefusalCode.ToolCallConflict, "Another call has this id: its tool or its arguments differ."), IsReplay: true);

    private async Task<Joined> Begin(string name, string argumentsJson, UserId? by)
    {
        if (current.Stage is not ToolCallStage.None)
        {
            return Compare(name, argumentsJson);
        }

        var (tool, checkedArguments) = Check(name, argumentsJson);
        var claim = new ToolClaim(
            Key.Call, name, checkedArguments.Hash ?? ToolCallRules.HashOf(argumentsJson), checkedArguments.ErrorForModel, by, tool?.Effect ?? ToolEffect.Unkeyed);
        if (tool is null || checkedArguments.Value is null)
        {
            // It will be refused, and a workflow notes what it refuses: of a call that is stored there is nothing to note.
            await Read();
            if (current.Stage is not ToolCallStage.None)
            {
                return await JoinStored(name, argumentsJson, by);
            }
        }

        var asked = clock.GetTimestamp();
        var grant = await Tools.Admit(claim);
        if (grant is { IsAccepted: true, Value.IsNew: true })
        {
            reading.Skip();
        }

        await Read();
        if (current.Stage is not ToolCallStage.None)
        {
            return await JoinStored(name, argumentsJson, by, isNoted: grant.Refusal?.Code is RefusalCode.ToolCallConflict);
        }

        if (!grant.IsAccepted)
        {
            return new(tool is null && grant.Refusal.Code is RefusalCode.InvalidToolArguments ? NotAvailable : grant.Refusal, IsReplay: false);
        }

        if (tool is null || checkedArguments.Value is not { } arguments)
        {
            throw new UnreachableException("A workflow admitted a call with wrong arguments.");
        }

        if (IsTooLate(asked))
        {
            // Written now, it might be written after its workflow's rows were erased.
            logger.NotSent(Key, "the admission took too long");
            throw new TimeoutException("The admission of a tool call took too long.");
        }

        var call = new ToolCallState
        {
            Name = name,
            ArgumentsHash = claim.ArgumentsHash,
            Arguments = argumentsJson,
            Effect = tool.Effect,
            Approval = grant.Value.Approval,
            Source = claim.Source,
            Owner = grant.Value.Owner,
            Until = grant.Value.Until,
        };
        await Save(ToolCallRules.Begin(call, activation, clock.GetUtcNow(), options.Value));
        if (current.Stage is ToolCallStage.Started)
        {
            Failpoint.Hit("tool-started");
            going = Send(tool, arguments, asked, attempt: 1);
        }

        return new(null, IsReplay: false);
    }

    /// <summary>The call was there before this activation, and is looked at as any other that is there.</summary>
    /// <param name="isNoted">Whether its workflow has noted already that another call has this id.</param>
    private async Task<Joined> JoinStored(string name, string argumentsJson, UserId? by, bool isNoted = false)
    {
        if (by is not null && await RelayRefused(by) is { } refused)
        {
            return new(refused, IsReplay: false);
        }

        return Compare(name, argumentsJson) with { IsReplay = !isNoted };
    }

    /// <summary>Whatever goes wrong here, nobody knows whether it was written: nothing is done, and the next activation reads first.</summary>
    private async Task Save(ToolCallState next)
    {
        if (next == current)
        {
            return;
        }

        if (next.LeavesRow)
        {
            try
            {
                stored.State = next;
                await stored.WriteStateAsync();
            }
            catch (Exception e)
            {
                logger.CallUncertain(Key, e);
                GiveWay();
                throw;
            }
        }

        Became(next);
    }

    private void Became(ToolCallState next)
    {
        current = next;
        logger.CallMoved(Key, current.Name, current.Stage);
        if (current.IsFinal)
        {
            metrics.Finished(current);
        }

        StayInMemory();
        WaitForApproval();
        _ = Tell();
    }

    /// <summary>What runs, waits, or is kept in memory alone must not be collected meanwhile.</summary>
    private void StayInMemory()
    {
        var needed = current.Stage is ToolCallStage.PendingApproval or ToolCallStage.Started || !current.LeavesRow
            ? current.Until - clock.GetUtcNow() + Patience
            : TimeSpan.Zero;
        DelayDeactivation(needed > TimeSpan.Zero ? needed : TimeSpan.Zero);
    }

    private void GiveWay()
    {
        isLost = true;
        DeactivateOnIdle();
    }

    private bool IsTooLate(long asked) => clock.GetElapsedTime(asked) > ToolCallRules.SendWithin;

    private (ToolDeclaration? Tool, ArgumentsCheck Checked) Check(string name, string argumentsJson) =>
        toolbox.Find(name) is { } tool ? (tool, ToolArguments.Check(tool, argumentsJson)) : (null, new(null, null, NotAvailable.Detail));

    private ToolClaim Claim(ToolCallState call) => new(
        Key.Call, call.Name, call.ArgumentsHash, null, call.Source is ToolCallSource.Relay ? call.Owner : null, call.Effect);

    private static Refusal NotAvailable { get; } = new(RefusalCode.ToolNotAllowed, "The tool is not available now.");

    /// <summary>Whether a call may be waited for, and whether it was there before.</summary>
    private sealed record Joined(Refusal? Refusal, bool IsReplay);
}
