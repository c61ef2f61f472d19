using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>Makes the owners of this silo's sidebands, and knows them.</summary>
internal sealed class Sidebands(
    ISidebandClient client,
    ICallTools tools,
    ICallReports reports,
    Prices prices,
    SidebandMetrics metrics,
    TimeProvider clock,
    ILogger<SidebandOwner> logger)
{
    private readonly CallSurroundings around = new(client, tools, reports, prices, metrics, clock, logger);
    private readonly ConcurrentDictionary<SidebandOwner, CallPlan> owners = [];

    /// <summary>How many calls are held here.</summary>
    public int Count => owners.Count;

    /// <summary>The workflows whose calls are held here.</summary>
    public IReadOnlyCollection<WorkflowId> Workflows => [.. owners.Values.Select(plan => plan.Workflow)];

    /// <summary>Begins to hold a call. The secrets are those that its browser may have created it with, newest last, at the time of asking.</summary>
    /// <param name="secrets">Asked from any thread.</param>
    public SidebandOwner Hold(CallPlan plan, Func<IReadOnlyList<string>> secrets)
    {
        var owner = new SidebandOwner(plan, secrets, around, Forget);
        owners[owner] = plan;
        metrics.Held(1);
        owner.Start();
        return owner;
    }

    private void Forget(SidebandOwner owner)
    {
        owners.TryRemove(owner, out _);
        metrics.Held(-1);
    }
}

/// <summary>Adds what holds sidebands.</summary>
internal static class SidebandServices
{
    public static IServiceCollection AddSidebands(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<SidebandMetrics>();
        services.AddSingleton<CallGrains>();
        services.AddSingleton<ICallTools>(provider => provider.GetRequiredService<CallGrains>());
        services.AddSingleton<ICallReports>(provider => provider.GetRequiredService<CallGrains>());
        return services.AddSingleton<Sidebands>();
    }
}
