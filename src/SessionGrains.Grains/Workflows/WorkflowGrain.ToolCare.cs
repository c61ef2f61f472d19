using System.Collections.Immutable;
using System.Globalization;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Workflows;

/// <content>Tool calls over time: what an earlier activation began, those whose silo died, and the end of all of them.</content>
internal sealed partial class WorkflowGrain
{
    private static readonly TimeSpan LookAfterToolsEvery = TimeSpan.FromSeconds(15);

    // A tool has five seconds to stop, its outcome must be written, and the call must be hung up soon all the same.
    private static readonly TimeSpan StopToolsWithin = TimeSpan.FromSeconds(7);

    private readonly FirstRead reading = new();
    private ImmutableArray<UnansweredCall> openCalls = [];
    private IGrainTimer? toolWatch;

    /// <summary>Tool calls that were admitted, as far as is known. After a takeover the rows do not tell of those that only read.</summary>
    private int ToolCallCount => Math.Max(ledger.Count, current.ToolCalls ?? 0);

    /// <summary>Calls that an earlier activation began and whose results the model may not have.</summary>
    private ImmutableArray<UnansweredCall> OpenCalls => openCalls;

    /// <summary>Learns what an earlier activation began, and sees to it that it goes on. Harmless to repeat; it fails for nothing.</summary>
    private async Task ReloadTools()
    {
        if (await TryReadToolCalls() && ledger.Open.IsEmpty)
        {
            return;
        }

        LookAfterTools(TimeSpan.Zero);
    }

    /// <summary>Stops all open calls, at the end of the workflow. What does not stop in time is filed as it is.</summary>
    private async Task StopTools()
    {
        // An end waits for nothing: what cannot be read cannot be stopped, and its workflow refuses it from now on.
        await TryReadToolCalls();
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

    private async Task<bool> TryReadToolCalls()
    {
        try
        {
            await ReadToolCalls();
            return true;
        }
        // Nothing is admitted before it succeeds; until then it is tried again.
        catch (Exception e)
        {
            logger.CallsNotRead(Id, e);
            return false;
        }
    }

    /// <summary>Counts what is stored, once in an activation and before anything is admitted.</summary>
    private Task ReadToolCalls() => reading.Done(async () =>
    {
        var rows = await toolCalls.Of(Id.Value, CancellationToken.None);
        ledger.Load(rows, current.ToolCalls ?? 0);
        HearOf(rows);
        openCalls = UnansweredCall.Among(rows, clock.GetUtcNow());
    });

    /// <summary>Asks after open calls now and then: the silo of one may have died, or its news got lost.</summary>
    private void LookAfterTools(TimeSpan after) => toolWatch ??= this.RegisterGrainTimer(
        LookAfterTools, new GrainTimerCreationOptions(after, LookAfterToolsEvery) { Interleave = true });

    private async Task LookAfterTools()
    {
        using var trace = WorkflowTrace.Enter(Id);
        if (!await TryReadToolCalls())
        {
            return;
        }

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
}
