using System.Collections.Immutable;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Operations;

/// <summary>The cluster as its membership and its silos tell it.</summary>
internal sealed class ClusterReport(IGrainFactory grains, TimeProvider clock)
{
    // A frozen silo must not keep the picture of the others waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string WorkflowType = typeof(WorkflowGrain).FullName!;

    public async Task<ImmutableArray<SiloSummary>> Read()
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        var members = (await management.GetDetailedHosts()).Where(member => member.Status is not (SiloStatus.Dead or SiloStatus.None)).ToArray();
        var silos = await Task.WhenAll(members.Select(member => Summarize(management, member)));
        return [.. silos.OrderBy(silo => silo.Name, StringComparer.Ordinal)];
    }

    /// <summary>The member of that name, if it is not dead.</summary>
    public async Task<MembershipEntry?> Find(string name) => (await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: true))
        .FirstOrDefault(member => member.SiloAddress.ToParsableString() == name);

    public async Task<SiloSummary> Summarize(IManagementGrain management, MembershipEntry member)
    {
        var summary = new SiloSummary(
            member.SiloAddress.ToParsableString(), member.HostName, StatusOf(member.Status), new(member.StartTime, TimeSpan.Zero), null, null, null);
        if (member.Status is not SiloStatus.Active)
        {
            return summary;
        }

        try
        {
            var report = SiloGrain.Ask(grains, member.SiloAddress, silo => silo.Report());
            var counts = management.GetSimpleGrainStatistics([member.SiloAddress]);
            await Task.WhenAll(report, counts).WaitAsync(Patience, clock);
            return summary with
            {
                Status = report.Result is { IsDraining: true } told && told.Name == summary.Name ? "draining" : summary.Status,
                Activations = counts.Result.Sum(count => count.ActivationCount),
                Workflows = counts.Result.Where(count => count.GrainType.StartsWith(WorkflowType, StringComparison.Ordinal)).Sum(count => count.ActivationCount),
                Sidebands = report.Result.Name == summary.Name ? report.Result.Sidebands : null,
            };
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return summary with { Status = "silent" };
        }
    }

    private static string StatusOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => "active",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "stopping",
        _ => "joining",
    };
}
