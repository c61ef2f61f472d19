using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace SessionGrains.Deploy.Tests;

/// <summary>What is in <c>deploy/kubernetes</c>, as Kubernetes' own client reads it.</summary>
internal static class Manifests
{
    private const string Kustomization = "kustomization.yaml";

    private static readonly string Folder = Path.Combine(Repository.Deploy, "kubernetes");

    // Strict: a field that Kubernetes does not know is a slip, and would be dropped in silence.
    private static readonly List<object> Everything = [.. Files.SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), null, strict: true))];

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(Folder, "base"), "*.yaml").Where(file => Path.GetFileName(file) is not Kustomization);

    public static Dictionary<string, object> Base => Read("base");

    /// <summary>The overlay that operators copy.</summary>
    public static Dictionary<string, object> Overlay => Read("overlays", "example");

    public static Dictionary<string, V1PodTemplateSpec> Pods => Of<V1Deployment>().Select(deployment => (deployment.Name(), deployment.Spec.Template))
        .Concat(Of<V1Job>().Select(job => (job.Name(), job.Spec.Template)))
        .ToDictionary(pod => pod.Item1, pod => pod.Template);

    public static IEnumerable<T> Of<T>() => Everything.OfType<T>();

    public static bool Selects(V1LabelSelector selector, string workload) =>
        selector.MatchLabels.All(label => Pods[workload].Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    /// <summary>The settings in the ConfigMaps of a kustomization: which map, which variable, which value.</summary>
    public static IEnumerable<(string Map, string Name, string Value)> Settings(Dictionary<string, object> kustomization) =>
        from map in Maps(kustomization)
        from literal in map.TryGetValue("literals", out var literals) ? ((List<object>)literals).Cast<string>() : []
        let parts = literal.Split('=', 2)
        select ((string)map["name"], parts[0], parts[1]);

    public static IEnumerable<Dictionary<object, object>> Maps(Dictionary<string, object> kustomization) =>
        ((List<object>)kustomization["configMapGenerator"]).Cast<Dictionary<object, object>>();

    private static Dictionary<string, object> Read(params string[] path) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(File.ReadAllText(Path.Combine([Folder, .. path, Kustomization])));
}
