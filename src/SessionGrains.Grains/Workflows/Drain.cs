using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Workflows;

/// <summary>Lets a silo stop without losing an answer: it takes no new work that waits for OpenAI, and waits for what is under way.</summary>
/// <remarks>
/// Once Orleans deactivates a grain, a result that comes back to it waits for its successor on another silo, and so does its browser.
/// Here it still comes back in time.
/// </remarks>
internal sealed class Drain(HandOver handOver, TimeProvider clock, ILogger<Drain> logger) : IHostedLifecycleService
{
    // Longer than OpenAI may take, and short enough for an orchestrator's grace.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly Lock gate = new();
    private readonly TaskCompletionSource isEmpty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int underWay;
    private bool isDraining;

    public static Refusal Refusal { get; } = new(RefusalCode.Draining, "This server is going out of service; another one takes over in a moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    /// <summary>Whether this silo is going out of service.</summary>
    public bool IsDraining
    {
        get
        {
            lock (gate)
            {
                return isDraining;
            }
        }
    }

    /// <summary>Begins work that waits for OpenAI; null when none is taken any more. Disposing the lease ends it.</summary>
    public IDisposable? TryEnter()
    {
        lock (gate)
        {
            if (isDraining)
            {
                return null;
            }

            underWay++;
            return new Lease(this);
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            isDraining = true;
            if (underWay is 0)
            {
                isEmpty.TrySetResult();
            }
        }

        try
        {
            await isEmpty.Task.WaitAsync(Patience, clock, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            logger.DrainedInPart(underWay);
        }

        await handOver.Run(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Leave()
    {
        lock (gate)
        {
            underWay--;
            if (isDraining && underWay is 0)
            {
                isEmpty.TrySetResult();
            }
        }
    }

    private sealed class Lease(Drain drain) : IDisposable
    {
        private int isEnded;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isEnded, 1) is 0)
            {
                drain.Leave();
            }
        }
    }
}
