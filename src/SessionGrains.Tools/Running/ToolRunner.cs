using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace SessionGrains.Tools.Running;

/// <summary>What all kinds of tools share: the deadline, retries where they are safe, and that nothing is waited for without end.</summary>
internal sealed class ToolRunner(IEnumerable<IToolKind> kinds, TimeProvider clock, ILogger<ToolRunner> logger) : IToolRunner
{
    public const int MaxRetries = 3;

    /// <summary>How long a tool that was told to stop may take to do so.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public async Task<ToolResult> RunAsync(ToolDeclaration tool, ToolRequest request, CancellationToken cancellationToken)
    {
        if (tool.Effect == ToolEffect.Unkeyed && request.Attempt > 1)
        {
            return new ToolResult.Unknown("An earlier attempt may have happened, and this tool is never asked twice.");
        }

        var now = clock.GetUtcNow();
        var run = new ToolRun(tool, request, request.Deadline < now + tool.Timeout ? request.Deadline : now + tool.Timeout);
        if (run.Deadline <= now)
        {
            return new ToolResult.TimedOut(run.MayHaveHappened);
        }

        using var span = ToolSpans.Begin(tool, request);
        var result = cancellationToken.IsCancellationRequested ? Stopped(run, cancellationToken) : await RunAsync(run, run.Deadline - now, cancellationToken);
        span?.End(result);
        logger.ToolRan(request.WorkflowId, request.CallId, tool.Name, result);
        return result;
    }

    private async Task<ToolResult> RunAsync(ToolRun run, TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var stop = either.Token;

        // A tool in code may block its thread, and the caller's thread may be one that must not be blocked.
        var running = Task.Run(() => TryAsync(run, stop, cancellationToken), CancellationToken.None);
        await ((Task)running).WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!running.IsCompleted)
        {
            await ((Task)running).WaitAsync(Grace, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (running.IsCompleted)
        {
            return await running;
        }

        logger.ToolLeftBehind(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name);
        return Stopped(run, cancellationToken);
    }

    private async Task<ToolResult> TryAsync(ToolRun run, CancellationToken stop, CancellationToken cancellationToken)
    {
        try
        {
            var kind = kinds.First(kind => kind.Runs(run.Tool.Target));
            var attempt = run.Tool.Effect == ToolEffect.Unkeyed
                ? await kind.TryAsync(run, stop)
                : await Retries(run).ExecuteAsync(async token => await kind.TryAsync(run, token), stop);
            return attempt.Result;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Stopped(run, cancellationToken);
        }
#pragma warning disable CA1031 // Whatever goes wrong, the call needs an outcome; the log has the rest.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            logger.ToolBroke(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name, fault.GetType().Name);
            return run.Lost("The tool broke.");
        }
    }

    private ResiliencePipeline<ToolAttempt> Retries(ToolRun run) =>
        new ResiliencePipelineBuilder<ToolAttempt> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<ToolAttempt>
            {
                MaxRetryAttempts = MaxRetries,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = tried => ValueTask.FromResult(tried.Outcome.Result is { IsWorthRepeating: true } attempt
                    && clock.GetUtcNow() + (attempt.After ?? TimeSpan.Zero) < run.Deadline),
                DelayGenerator = tried => ValueTask.FromResult(tried.Outcome.Result?.After),
                OnRetry = tried =>
                {
                    ToolSpans.Retried();
                    logger.ToolRetried(run.Request.WorkflowId, run.Request.CallId, run.Tool.Name, tried.AttemptNumber + 1);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    private static ToolResult Stopped(ToolRun run, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? run.Lost("The call was cancelled.") : new ToolResult.TimedOut(run.MayHaveHappened);
}
