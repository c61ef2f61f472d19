using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Workflows;

/// <summary>Wakes what is due and nobody woke: the workflows of a silo that died or froze, and all of them after a restart.</summary>
/// <remarks>Each silo sweeps for the whole cluster. It only knocks; whether anything is due the workflow's rules decide.</remarks>
internal sealed class Sweeper(
    WorkflowIndex index, WorkflowSearch search, Slots slots, History history, ToolCallRows toolCalls, StartBlocks blocks, ISiloStatusOracle silos, IGrainFactory grains, IOptions<WorkflowOptions> options, WorkflowMetrics metrics, TimeProvider clock, ILogger<Sweeper> logger)
    : BackgroundService, ISiloStatusListener
{
    private const int PageSize = 200;
    private const int KnocksAtOnce = 16;

    private static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(30);

    // Through all that is live, for what the looks in between cannot see: it takes as long as there is much of it.
    private static readonly TimeSpan LookThroughAllEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    private readonly DeafWorkflows deaf = new();
    private DateTimeOffset lookAgain = DateTimeOffset.MaxValue;
    private DateTimeOffset nextTidy = DateTimeOffset.MinValue;
    private DateTimeOffset nextLookThroughAll = DateTimeOffset.MinValue;
    private DateTimeOffset? tidiedAt;

    // At the start because nobody may hold what an earlier life of the cluster held.
    private volatile bool mayBeOrphans = true;

    /// <summary>The calls that a dead silo held have nobody who listens to them, and are due for nothing: knocking finds them a new owner.</summary>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status) => mayBeOrphans |= status is SiloStatus.Dead;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, clock);
        silos.SubscribeToSiloStatusEvents(this);
        try
        {
            do
            {
                if (await Look(stoppingToken))
                {
                    await TidyInTime(stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Whether the store could be asked.</summary>
    private async Task<bool> Look(CancellationToken cancellationToken)
    {
        try
        {
            if (mayBeOrphans || lookAgain <= clock.GetUtcNow())
            {
                // Before the look, so that a death meanwhile is not overlooked.
                (mayBeOrphans, lookAgain) = (false, DateTimeOffset.MaxValue);
                await KnockAtAllLive(cancellationToken);
            }

            await KnockAtDue(cancellationToken);
            await Knock(deaf.Due(clock.GetUtcNow()), isRemembered: true, cancellationToken);
            return true;
        }
        // The store may be away for a while; the sweep is what brings everything back when it returns.
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            lookAgain = clock.GetUtcNow() + LookAgainAfter;
            metrics.SweepFailed();
            logger.SweepFailed(e);
            return false;
        }
    }

    /// <summary>Apart from the look: what cannot be tidied up keeps nobody from being found, and nobody is looked for once more for it.</summary>
    private async Task TidyInTime(CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() >= nextTidy)
            {
                nextTidy = clock.GetUtcNow() + TidyEvery;
                await Tidy(cancellationToken);
            }

            if (clock.GetUtcNow() >= nextLookThroughAll)
            {
                nextLookThroughAll = clock.GetUtcNow() + LookThroughAllEvery;
                await LookThroughAll(cancellationToken);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            logger.TidyFailed(e);
        }
    }

    /// <summary>Whatever only an activation knows or does begins again: sidebands, and deadlines as those of heartbeats.</summary>
    private async Task KnockAtAllLive(CancellationToken cancellationToken)
    {
        deaf.Clear();
        FoundWorkflow? after = null;
        IReadOnlyList<FoundWorkflow> page;
        do
        {
            // By their slots: among the states those of a day's ended workflows would have to be read.
            page = await search.Find(new(WorkflowMatch.Live), PageSize, after, cancellationToken);
            await Knock([.. page.Select(found => found.Id)], isRemembered: true, cancellationToken);
            after = page.Count > 0 ? page[^1] : null;
        }
        while (page.Count == PageSize);
    }

    private async Task KnockAtDue(CancellationToken cancellationToken)
    {
        DueWorkflow? after = null;
        IReadOnlyList<DueWorkflow> page;
        do
        {
            page = await index.Due(clock.GetUtcNow(), PageSize, after, cancellationToken);
            // One that does not hear this is found due at the next look.
            await Knock([.. page.Select(due => due.Id)], isRemembered: false, cancellationToken);
            after = page.Count > 0 ? page[^1] : null;
        }
        while (page.Count == PageSize);
    }

    /// <summary>Knocks at each.</summary>
    /// <param name="isRemembered">Whether one that does not hear it is knocked at again, for nothing else may find it.</param>
    private async Task Knock(IReadOnlyList<string> workflows, bool isRemembered, CancellationToken cancellationToken)
    {
        var unheard = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            workflows,
            new ParallelOptions { MaxDegreeOfParallelism = KnocksAtOnce, CancellationToken = cancellationToken },
            async (workflow, _) =>
            {
                try
                {
                    using var trace = WorkflowTrace.Enter(WorkflowId.Parse(workflow));
                    await grains.Workflow(WorkflowId.Parse(workflow)).Knock();
                }
                // One that cannot be woken must not keep the others waiting.
                catch (Exception e)
                {
                    unheard.Add(workflow);
                    logger.KnockFailed(workflow, e);
                }
            });
        if (isRemembered)
        {
            deaf.Take(workflows, unheard, clock.GetUtcNow());
        }
    }

    private async Task Tidy(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await Reclaim(now, tidiedAt ?? now, cancellationToken);
        tidiedAt = now;
        await blocks.Tidy(now, cancellationToken);
        await history.Prune(now - options.Value.KeepHistory, cancellationToken);
    }

    private async Task LookThroughAll(CancellationToken cancellationToken)
    {
        await Reclaim(clock.GetUtcNow(), null, cancellationToken);
        await toolCalls.EraseOrphans(cancellationToken);
    }

    private async Task Reclaim(DateTimeOffset now, DateTimeOffset? lookedAt, CancellationToken cancellationToken)
    {
        if ((await slots.Reclaim(now, lookedAt, cancellationToken)).NeverSaved is > 0 and var neverSaved)
        {
            logger.SlotsCameBack(neverSaved);
        }
    }
}
