using Microsoft.Extensions.Hosting;
using Orleans.Placement;
using Orleans.Runtime.Placement;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Operations;

/// <summary>One silo's own word about itself. Keyed by the silo's address, and placed there.</summary>
[Alias("SessionGrains.ISiloGrain")]
internal interface ISiloGrain : IGrainWithStringKey
{
    [Alias("Report")]
    Task<SiloReport> Report();

    /// <summary>Begins what a SIGTERM begins.</summary>
    [Alias("Stop")]
    Task<SiloReport> Stop();
}

/// <param name="Name">The silo that answers; another one than asked when the asked one is gone.</param>
[GenerateSerializer, Immutable]
internal sealed record SiloReport(
    [property: Id(0)] string Name, [property: Id(1)] bool IsDraining, [property: Id(2)] int Sidebands);

/// <summary>Answers for the silo that it is on.</summary>
[RandomPlacement]
internal sealed class SiloGrain(ILocalSiloDetails silo, Sidebands sidebands, Drain drain, IHostApplicationLifetime host) : Grain, ISiloGrain
{
    public Task<SiloReport> Report()
    {
        var isThere = Here == this.GetPrimaryKeyString();
        if (!isThere)
        {
            DeactivateOnIdle();
        }

        return Task.FromResult(new SiloReport(Here, drain.IsDraining, sidebands.Count));
    }

    public async Task<SiloReport> Stop()
    {
        var report = await Report();
        if (report.Name == this.GetPrimaryKeyString())
        {
            // The answer must leave first; stopping waits for everything else by itself.
            this.RegisterGrainTimer(() =>
            {
                host.StopApplication();
                return Task.CompletedTask;
            }, TimeSpan.FromMilliseconds(200), Timeout.InfiniteTimeSpan);
            return report with { IsDraining = true };
        }

        return report;
    }

    private string Here => silo.SiloAddress.ToParsableString();

    /// <summary>A reference whose first call is placed on the silo that it names.</summary>
    public static async Task<T> Ask<T>(IGrainFactory grains, SiloAddress silo, Func<ISiloGrain, Task<T>> question)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            return await question(grains.GetGrain<ISiloGrain>(silo.ToParsableString()));
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
