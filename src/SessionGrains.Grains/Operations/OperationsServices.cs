using Microsoft.Extensions.DependencyInjection;

namespace SessionGrains.Grains.Operations;

/// <summary>Adds what answers operators.</summary>
internal static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<MassRevocation>()
        .AddSingleton<DryRun>()
        .AddSingleton<ClusterReport>()
        .AddSingleton<WebhookLedger>();
}
