using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SessionGrains.OpenAI;

namespace SessionGrains.Grains.Workflows;

/// <summary>Hangs up what a workflow owes, until it is done: one loop per call, off the grain's turn, owed in the state all the while.</summary>
/// <remarks>It lives with an activation and runs on its scheduler. After a crash the next activation begins again from the state.</remarks>
internal sealed class HangUps(
    WorkflowId workflow,
    IRealtimeClient openAI,
    Func<CallId, HangUpResult, Task> settle,
    Func<OwedHangUp, bool> mayBeTooNew,
    TimeSpan giveUpAfter,
    TimeProvider clock,
    WorkflowMetrics metrics,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, Task> firstAttempts = [];

    /// <summary>The first attempt of every loop that runs: done when the call is settled, or when it will take longer.</summary>
    public Task FirstAttempts => Task.WhenAll(firstAttempts.Values);

    /// <summary>Starts a loop for each call that has none.</summary>
    public void Ensure(ImmutableArray<OwedHangUp> owed, CallSecrets secrets)
    {
        foreach (var step in owed.Where(step => !firstAttempts.ContainsKey(step.CallId)))
        {
            var firstAttempt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            firstAttempts.Add(step.CallId, firstAttempt.Task);
            _ = Run(step, secrets, firstAttempt);
        }
    }

    /// <summary>No more tries from here. One that is under way, or that begins this moment, still goes out.</summary>
    public void Dispose() => stopping.Cancel();

    private async Task Run(OwedHangUp owed, CallSecrets secrets, TaskCompletionSource firstAttempt)
    {
        var stopped = stopping.Token;
        HangUpResult? result = null;
        try
        {
            for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
            {
                result ??= await Attempt(owed, secrets, delay);
                if (result is { } settled && await TrySettle(owed, settled))
                {
                    metrics.HungUp(settled, clock.GetUtcNow() - owed.Since);
                    return;
                }

                firstAttempt.TrySetResult();
                await Task.Delay(Jitter(delay), clock, stopped);
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The activation goes; the hang-up stays owed.
        }
        finally
        {
            firstAttempts.Remove(owed.CallId);
            firstAttempt.TrySetResult();
        }
    }

    private async Task<HangUpResult?> Attempt(OwedHangUp owed, CallSecrets secrets, TimeSpan delay)
    {
        using var span = WorkflowTrace.Begin("hang up", workflow);
        var (result, detail) = await Try(owed, secrets);
        if (result is HangUpResult.AlreadyGone or HangUpResult.Unverified && mayBeTooNew(owed))
        {
            (result, detail) = (null, "not found, as a call may be that has just been created");
        }

        span?.SetTag("sessiongrains.hangup.result", result?.ToString());
        if (result is HangUpResult.Unverified)
        {
            logger.HangUpUnproven(workflow, owed.CallId);
            metrics.HangUpGivenUp();
        }

        if (result is not null)
        {
            return result;
        }

        var owedFor = clock.GetUtcNow() - owed.Since;
        if (owedFor < giveUpAfter)
        {
            logger.HangUpFailed(workflow, owed.CallId, detail, delay);
            return null;
        }

        logger.HangUpGivenUp(workflow, owed.CallId, owedFor);
        metrics.HangUpGivenUp();
        return HangUpResult.Unverified;
    }

    private async Task<(HangUpResult? Result, string Detail)> Try(OwedHangUp owed, CallSecrets secrets)
    {
        try
        {
            return await secrets.HangUp(openAI, owed.CallId, CancellationToken.None);
        }
        // What nobody thought of is a failed attempt like any other: the call is still there.
        catch (Exception e)
        {
            return (null, e.GetType().Name);
        }
    }

    private async Task<bool> TrySettle(OwedHangUp owed, HangUpResult result)
    {
        try
        {
            await settle(CallId.Parse(owed.CallId), result);
            return true;
        }
        // The one catch-all: whatever it was, the step stays owed in the state and is told again.
        catch (Exception e)
        {
            logger.HangUpNotStored(workflow, owed.CallId, e);
            return false;
        }
    }

    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
