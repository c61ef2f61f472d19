using k8s;

namespace SessionGrains.Silo;

/// <summary>In Kubernetes a silo can learn from the cluster's own account that a peer's pod is gone, before it misses any answer.</summary>
internal static class Pods
{
    private const string Setting = "SessionGrains:Silo:WatchPods";

    /// <summary>Watches the pods of this cluster where the setting says so; POD_NAME, POD_NAMESPACE and POD_IP then say which of them this is.</summary>
    public static ISiloBuilder WatchPodsIfTold(this ISiloBuilder silo) =>
        silo.Configuration.GetValue<bool>(Setting)
            ? silo.UseKubernetesHosting(kubernetes => kubernetes.Configure(options => options.GetClientConfiguration = KubernetesClientConfiguration.BuildDefaultConfig))
            : silo;
}
