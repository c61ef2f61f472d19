using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Sideband;

namespace SessionGrains.Grains.Workflows;

/// <summary>Moves the calls that this silo holds to other silos before it stops, so that none of them is without an owner for long.</summary>
internal sealed class HandOver(Sidebands sidebands, ISiloStatusOracle silos, IGrainFactory grains, TimeProvider clock, ILogger<HandOver> logger)
{
    private const int MovesAtOnce = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when nothing is held here any more, when there is nobody to take it, or when it takes too long.</summary>
    public async Task Run(CancellationToken cancellationToken)
    {
        SiloAddress[] others = [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(silo => !silo.Equals(silos.SiloAddress))];
        var held = sidebands.Workflows;
        if (others is [] || held.Count is 0)
        {
            return;
        }

        await Parallel.ForEachAsync(
            held.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = MovesAtOnce, CancellationToken = cancellationToken },
            async (workflow, _) => await Move(workflow.Item, others[workflow.Index % others.Length]));
        await AllGone(cancellationToken);
        logger.HandedOver(held.Count, sidebands.Count);
    }

    private async Task Move(WorkflowId workflow, SiloAddress target)
    {
        try
        {
            await grains.GetGrain<IWorkflowTurns>(workflow.Value).MoveTo(target);
        }
        // Another silo finds it when this one is gone.
        catch (Exception e)
        {
            logger.NotHandedOver(workflow, e);
        }
    }

    private async Task AllGone(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var look = new PeriodicTimer(LookEvery, clock);
        while (sidebands.Count > 0 && clock.GetElapsedTime(started) < Patience)
        {
            await look.WaitForNextTickAsync(cancellationToken);
        }
    }
}
