using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Grains.Operations;

/// <summary>Ends many workflows at once, wherever they are.</summary>
internal sealed class MassRevocation(
    WorkflowSearch search, StartBlocks blocks, AuditTrails trails, AuditRedaction redaction, IGrainFactory grains, TimeProvider clock, ILogger<MassRevocation> logger)
{
    private const int PageSize = 500;
    private const int AtOnce = 64;

    // Shorter than a grain call may take: an answer that says how far it came is worth more than none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    public async Task<RevocationCounts> Run(Revocation order)
    {
        var match = MatchOf(order.Target);
        var now = clock.GetUtcNow();
        var id = OperatorAction.NewId();
        DateTimeOffset? blockedUntil = order.BlockFor > TimeSpan.Zero ? now + order.BlockFor : null;

        // What an operator does is on record before it is done.
        await trails.File(OperatorAction.Revocation(id, order with { Target = redaction.Apply(order.Target) }, blockedUntil, now), default);
        if (blockedUntil is { } until)
        {
            // First, so that nothing starts behind our back while we go through what lives.
            await blocks.Set(match, until, default);
        }

        var (revoked, failed, isComplete) = await EndAll(match, order);
        logger.Revoked(id, revoked, failed, isComplete);
        return new(id, revoked + failed, revoked, failed, isComplete, blockedUntil);
    }

    /// <summary>What a target means in storage.</summary>
    public static WorkflowMatch MatchOf(RevocationTarget target) =>
        new(WorkflowMatch.Live, target.Owner, target.Tenant, target.Definition, target.Tool);

    private async Task<(int Revoked, int Failed, bool IsComplete)> EndAll(WorkflowMatch match, Revocation order)
    {
        var (revoked, failed) = (0, 0);
        using var time = new CancellationTokenSource(Patience, clock);
        FoundWorkflow? after = null;
        try
        {
            IReadOnlyList<FoundWorkflow> page;
            do
            {
                page = await search.Find(match, PageSize, after, time.Token);
                await Parallel.ForEachAsync(
                    page,
                    new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = time.Token },
                    async (found, cancellationToken) =>
                    {
                        if (await End(found, order).WaitAsync(cancellationToken) is { } isEnding)
                        {
                            Interlocked.Increment(ref isEnding ? ref revoked : ref failed);
                        }
                    });
                after = page.Count > 0 ? page[^1] : null;
            }
            while (page.Count == PageSize);
            return (revoked, failed, true);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            return (revoked, failed, false);
        }
    }

    /// <summary>Whether it is ending now; null for a slot whose workflow is not there, or not any more.</summary>
    private async Task<bool?> End(FoundWorkflow found, Revocation order)
    {
        try
        {
            var outcome = await grains.Workflow(WorkflowId.Parse(found.Id)).Revoke(order.By, order.ReasonDetail);
            return outcome.IsAccepted ? true : outcome.Refusal.Code is RefusalCode.NotFound ? null : false;
        }
        // One that cannot be reached must not keep the others alive.
        catch (Exception e)
        {
            logger.RevocationFailed(found.Id, e);
            return false;
        }
    }
}
