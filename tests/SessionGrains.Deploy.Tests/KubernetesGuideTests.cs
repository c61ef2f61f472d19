using System.Text.RegularExpressions;
using k8s.Models;
using Xunit;
using static SessionGrains.Deploy.Tests.Manifests;

namespace SessionGrains.Deploy.Tests;

/// <summary>The Kubernetes section of the operations guide: whoever follows it line by line has all that the manifests ask for.</summary>
public sealed partial class KubernetesGuideTests
{
    private static readonly string Guide = Section().Match(Repository.Read("docs", "operations.md")).Value;

    private static readonly string Namespace = (string)Overlay["namespace"];

    /// <summary>The secrets that it makes, with the keys in each.</summary>
    private static readonly Dictionary<string, List<string>> Secrets = CreateSecret().Matches(Guide).ToDictionary(
        command => command.Groups["name"].Value,
        command => Key().Matches(command.Groups["rest"].Value).Select(key => key.Groups[1].Value).ToList());

    public static TheoryData<string> Workloads => [.. Pods.Keys];

    [Theory, MemberData(nameof(Workloads))]
    public void Every_secret_that_a_pod_names_is_made_with_all_that_is_read_of_it(string workload)
    {
        var pod = Pods[workload].Spec;
        var container = pod.Containers.Single();
        var values = container.Env.Select(variable => variable.Value)
            .Concat(Settings(Base).Concat(Settings(Overlay)).Where(setting => container.EnvFrom.Any(from => from.ConfigMapRef?.Name == setting.Map)).Select(setting => setting.Value))
            .Where(value => value is not null)
            .ToList();
        var mounted =
            from volume in pod.Volumes
            where volume.Secret is not null
            let path = container.VolumeMounts.Single(mount => mount.Name == volume.Name).MountPath
            from value in values
            from Match file in Regex.Matches(value, $"{Regex.Escape(path)}/([^;]+)")
            select (volume.Secret.SecretName, Key: file.Groups[1].Value);
        var needed = mounted.Concat(
            from variable in container.Env
            where variable.ValueFrom?.SecretKeyRef is not null
            select (variable.ValueFrom.SecretKeyRef.Name, variable.ValueFrom.SecretKeyRef.Key)).ToList();
        var named = pod.Volumes.Select(volume => volume.Secret?.SecretName).Concat(container.EnvFrom.Select(from => from.SecretRef?.Name)).OfType<string>();

        Assert.NotEmpty(needed);
        Assert.All(named, secret => Assert.Contains(secret, Secrets.Keys));
        Assert.All(needed, one => Assert.Contains(one.Key, Secrets[one.Item1]));
    }

    [Fact]
    public void Everything_is_made_in_the_overlays_namespace_which_comes_first()
    {
        var commands = Kubectl().Matches(Guide).Select(command => command.Value).ToList();

        Assert.Equal($"kubectl create namespace {Namespace}", commands[0]);
        Assert.All(
            commands.Skip(1).Where(command => !command.StartsWith("kubectl apply -k ", StringComparison.Ordinal) && !command.StartsWith("kubectl label namespace ", StringComparison.Ordinal)),
            command => Assert.StartsWith($"kubectl -n {Namespace} ", command, StringComparison.Ordinal));
    }

    [Fact]
    public void Images_are_built_under_the_names_that_the_overlay_has_for_them()
    {
        foreach (var image in ((List<object>)Overlay["images"]).Cast<Dictionary<object, object>>())
        {
            var (name, host) = ((string)image["name"], ((string)image["name"]).Split('-')[1]);
            Assert.Contains(Pods.Values, pod => pod.Spec.Containers.Single().Image == name);
            Assert.Contains($" AS {host}\n", Repository.Read("deploy", "Dockerfile"), StringComparison.Ordinal);
            Assert.Contains($"--target $host -t {((string)image["newName"]).Replace(host, "$host", StringComparison.Ordinal)}:{image["newTag"]} ", Guide, StringComparison.Ordinal);
        }

        Assert.All(Pods.Values, pod => Assert.Contains(((List<object>)Overlay["images"]).Cast<Dictionary<object, object>>(), image => (string)image["name"] == pod.Spec.Containers.Single().Image));
    }

    [Fact]
    public void Every_ConfigMap_that_a_pod_names_is_made_and_those_of_files_keep_their_names_so_that_changes_arrive()
    {
        var mounted = Pods.Values.SelectMany(pod => pod.Spec.Volumes).Select(volume => volume.ConfigMap?.Name).OfType<string>().ToList();
        var read = Pods.Values.SelectMany(pod => pod.Spec.Containers.Single().EnvFrom).Select(from => from.ConfigMapRef?.Name).OfType<string>();

        Assert.Equal(Maps(Base).Select(map => map["name"]).Order(), mounted.Concat(read).Distinct().Order());
        Assert.Equal(["sessiongrains-definitions", "sessiongrains-tools"], mounted.Order());
        Assert.All(Maps(Base).Where(map => mounted.Contains((string)map["name"])), map => Assert.Equal("true", ((Dictionary<object, object>)map["options"])["disableNameSuffixHash"]));
    }

    [Fact]
    public void Migrations_come_first_and_silos_before_APIs()
    {
        var waves = Of<V1Deployment>().ToDictionary(deployment => deployment.Name(), deployment => deployment.GetAnnotation("argocd.argoproj.io/sync-wave"));
        var job = Of<V1Job>().Single();

        // kubectl chooses by these labels what it applies.
        Assert.All(Of<V1Deployment>(), deployment => Assert.Equal(deployment.Name(), deployment.GetLabel("app.kubernetes.io/name")));
        Assert.Null(job.GetLabel("app.kubernetes.io/name"));
        InOrder(
            $"kubectl -n {Namespace} delete job {job.Name()} --ignore-not-found",
            "kubectl apply -k $voice -l 'app.kubernetes.io/name notin (sessiongrains-silo, sessiongrains-api)'",
            $"kubectl -n {Namespace} wait --for=condition=complete --timeout=15m job/{job.Name()}",
            "kubectl apply -k $voice -l 'app.kubernetes.io/name notin (sessiongrains-api)'",
            $"kubectl -n {Namespace} rollout status --timeout=30m deployment/sessiongrains-silo",
            "kubectl apply -k $voice\n");
        // And Argo CD by these; the job may not come before the ConfigMap that it reads.
        Assert.Equal(("Sync", null), (job.GetAnnotation("argocd.argoproj.io/hook"), job.GetAnnotation("argocd.argoproj.io/sync-wave")));
        Assert.Equal(("1", "2"), (waves["sessiongrains-silo"], waves["sessiongrains-api"]));
        // What scales a deployment is not well before there is one.
        Assert.All(Of<V2HorizontalPodAutoscaler>(), scaler => Assert.Equal("2", scaler.GetAnnotation("argocd.argoproj.io/sync-wave")));
    }

    [Fact]
    public void It_names_the_least_version_of_Kubernetes_that_knows_what_the_manifests_use()
    {
        // On by default since 1.30.
        Assert.Contains(Of<V1Deployment>(), deployment => deployment.Spec.Template.Spec.Containers.Single().Lifecycle?.PreStop.Sleep is not null);
        Assert.Contains("Kubernetes 1.30 or later", Guide, StringComparison.Ordinal);
    }

    private static void InOrder(params string[] lines)
    {
        var at = 0;
        foreach (var line in lines)
        {
            var found = Guide.IndexOf(line, at, StringComparison.Ordinal);
            Assert.True(found >= 0, line);
            at = found + line.Length;
        }
    }

    [GeneratedRegex("^## Kubernetes\n.*?(?=^## )", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^kubectl [^#\n]*[^#\n ]", RegexOptions.Multiline)]
    private static partial Regex Kubectl();

    [GeneratedRegex(@"^kubectl .*create secret generic (?<name>[\w-]+) (?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex CreateSecret();

    [GeneratedRegex(@"--from-(?:file|literal)=([^=\s]+)")]
    private static partial Regex Key();
}
