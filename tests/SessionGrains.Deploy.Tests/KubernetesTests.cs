using k8s.Models;
using Xunit;
using static SessionGrains.Deploy.Tests.Manifests;

namespace SessionGrains.Deploy.Tests;

/// <summary>The manifests are what Kubernetes' own client takes them for, and hold what a pod of ours must have.</summary>
public sealed class KubernetesTests
{
    public static TheoryData<string> Workloads => [.. Pods.Keys];

    public static TheoryData<string> Deployments => [.. Of<V1Deployment>().Select(deployment => deployment.Name())];

    [Fact]
    public void Every_file_is_part_of_the_base_and_every_part_is_a_file() =>
        Assert.Equal(Files.Select(file => Path.GetFileName(file)).Order(), ((List<object>)Base["resources"]).Cast<string>().Order());

    [Fact]
    public void There_are_silos_APIs_and_migrations() =>
        Assert.Equal(["sessiongrains-api", "sessiongrains-migrations", "sessiongrains-silo"], Pods.Keys.Order());

    [Theory, MemberData(nameof(Workloads))]
    public void A_pod_is_nobody_special_and_writes_nowhere_but_into_its_own_tmp(string workload)
    {
        var pod = Pods[workload].Spec;

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.All(pod.Containers, container =>
        {
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Equal(["/tmp"], container.VolumeMounts.Where(mount => mount.ReadOnlyProperty is not true).Select(mount => mount.MountPath));
            Assert.Contains("memory", container.Resources.Limits.Keys);
            Assert.Contains("cpu", container.Resources.Requests.Keys);
        });
        Assert.Equal(workload is "sessiongrains-silo", pod.AutomountServiceAccountToken);
        Assert.True(pod.HostNetwork is null or false);
    }

    [Theory, MemberData(nameof(Workloads))]
    public void No_secret_is_written_into_a_manifest_and_every_mount_has_its_volume(string workload)
    {
        var pod = Pods[workload].Spec;

        Assert.All(pod.Containers.SelectMany(container => container.Env), variable => Assert.False(
            variable.Value is { Length: > 0 } && (variable.Name.EndsWith("API_KEY", StringComparison.Ordinal) || variable.Value.Contains("Password=", StringComparison.OrdinalIgnoreCase)), variable.Name));
        Assert.Empty(Of<V1Secret>());
        Assert.Equal(
            pod.Volumes.Select(volume => volume.Name).Order(),
            pod.Containers.SelectMany(container => container.VolumeMounts).Select(mount => mount.Name).Distinct().Order());
    }

    [Theory, MemberData(nameof(Workloads))]
    public void A_pod_is_behind_a_network_policy(string workload)
    {
        var policy = Assert.Single(Of<V1NetworkPolicy>(), policy => Selects(policy.Spec.PodSelector, workload));

        Assert.Contains("Ingress", policy.Spec.PolicyTypes);
        Assert.All(policy.Spec.Ingress ?? [], rule => Assert.NotEmpty(rule.Ports));
    }

    [Fact]
    public void Silos_are_reached_by_silos_at_one_port_and_by_APIs_at_the_other()
    {
        var policy = Of<V1NetworkPolicy>().Single(policy => Selects(policy.Spec.PodSelector, "sessiongrains-silo"));
        var ports = Pods["sessiongrains-silo"].Spec.Containers.Single().Ports.ToDictionary(port => port.Name, port => port.ContainerPort);

        Assert.Equal(
            [("sessiongrains-silo", 11111), ("sessiongrains-api", 30000)],
            policy.Spec.Ingress.Where(rule => rule.Ports.Single().Port.Value != "metrics").Select(rule => (rule.FromProperty.Single().PodSelector.MatchLabels.Single().Value, ports[rule.Ports.Single().Port.Value])));
    }

    [Theory, MemberData(nameof(Deployments))]
    public void A_deployment_is_replaced_without_a_gap_and_has_the_time_to_hand_over(string name)
    {
        var deployment = Of<V1Deployment>().Single(deployment => deployment.Name() == name);

        Assert.Equal(("0", "1"), (deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value, deployment.Spec.Strategy.RollingUpdate.MaxSurge.Value));
        Assert.True(deployment.Spec.MinReadySeconds > 0);
        // Replicas are the autoscaler's: a number here would undo its work at every deployment.
        Assert.Null(deployment.Spec.Replicas);
        // A host takes up to 30 seconds to stop.
        Assert.True(deployment.Spec.Template.Spec.TerminationGracePeriodSeconds > 35);
        Assert.True(deployment.Spec.Selector.MatchLabels.All(label => deployment.Spec.Template.Metadata.Labels[label.Key] == label.Value));
    }

    [Theory, MemberData(nameof(Deployments))]
    public void A_deployment_has_all_three_probes_a_disruption_budget_and_an_autoscaler(string name)
    {
        var container = Of<V1Deployment>().Single(deployment => deployment.Name() == name).Spec.Template.Spec.Containers.Single();

        Assert.Equal("/readyz", container.StartupProbe.HttpGet.Path);
        // Without a database an API still passes heartbeats and ends on, and must stay reachable; a silo is asked by APIs, which find it themselves.
        Assert.Equal(name is "sessiongrains-api" ? "/readyz?except=storage" : "/readyz", container.ReadinessProbe.HttpGet.Path);
        // What restarts a process that has begun must not ask for what others can take away from it.
        Assert.Equal("/livez", container.LivenessProbe.HttpGet.Path);
        Assert.Equal("1", Assert.Single(Of<V1PodDisruptionBudget>(), budget => Selects(budget.Spec.Selector, name)).Spec.MaxUnavailable.Value);
        var scaler = Assert.Single(Of<V2HorizontalPodAutoscaler>(), scaler => scaler.Spec.ScaleTargetRef.Name == name);
        Assert.True(scaler.Spec.MinReplicas >= 2);
    }

    [Fact]
    public void Silos_scale_by_live_workflows_and_go_one_at_a_time()
    {
        var scaler = Of<V2HorizontalPodAutoscaler>().Single(scaler => scaler.Name() == "sessiongrains-silo").Spec;

        Assert.Equal("sessiongrains_live_workflows", scaler.Metrics.Single().External.Metric.Name);
        Assert.Equal(1, Assert.Single(scaler.Behavior.ScaleDown.Policies).Value);
        Assert.Contains("SELECT count(*) FROM slot WHERE released_at IS NULL", Repository.Read("docs", "operations.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_of_the_manifests_is_on_the_configuration_page()
    {
        var page = Repository.Read("docs", "configuration.md");

        Assert.All(
            Pods.Values.SelectMany(pod => pod.Spec.Containers).SelectMany(container => container.Env).Select(variable => variable.Name)
                .Concat(Settings(Base).Concat(Settings(Overlay)).Select(setting => setting.Name))
                .Where(name => !name.StartsWith("POD_", StringComparison.Ordinal)),
            name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void A_silo_watches_the_pods_that_carry_its_cluster_and_may_delete_none()
    {
        var rule = Assert.Single(Of<V1Role>().Single().Rules);

        Assert.Equal(["pods"], rule.Resources);
        Assert.Equal(["get", "list", "patch", "watch"], rule.Verbs.Order());
        var labels = Pods["sessiongrains-silo"].Metadata.Labels;
        Assert.Equal(("sessiongrains", "sessiongrains"), (labels["orleans/clusterId"], labels["orleans/serviceId"]));
    }
}
