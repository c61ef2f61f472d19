using k8s.Models;
using Xunit;
using static SessionGrains.Deploy.Tests.Manifests;

namespace SessionGrains.Deploy.Tests;

/// <summary>Prometheus reaches every host in Kubernetes, and nobody else reads what it reads.</summary>
public sealed class ScrapeTests
{
    private const string Reader = "sessiongrains/reads-metrics";

    public static TheoryData<string> Deployments => [.. Of<V1Deployment>().Select(deployment => deployment.Name())];

    [Theory, MemberData(nameof(Deployments))]
    public void A_host_answers_metrics_on_a_port_of_their_own_which_it_listens_on_and_its_container_names(string name)
    {
        var container = Pods[name].Spec.Containers.Single();
        var settings = container.Env.Where(variable => variable.Value is not null).ToDictionary(variable => variable.Name, variable => variable.Value);
        var ports = container.Ports.ToDictionary(port => port.Name, port => $"{port.ContainerPort}");

        Assert.Equal(ports["metrics"], settings["SessionGrains__Metrics__Port"]);
        Assert.Equal([ports["http"], ports["metrics"]], settings["ASPNETCORE_HTTP_PORTS"].Split(';'));
        Assert.NotEqual(ports["http"], ports["metrics"]);
        // Probes and proxies are not for that port.
        Assert.All([container.StartupProbe, container.ReadinessProbe, container.LivenessProbe], probe => Assert.Equal("http", probe.HttpGet.Port.Value));
        Assert.DoesNotContain(Of<V1Service>().SelectMany(service => service.Spec.Ports), port => port.TargetPort.Value == "metrics" || port.TargetPort.Value == ports["metrics"]);
    }

    [Theory, MemberData(nameof(Deployments))]
    public void A_policy_opens_that_port_to_namespaces_that_the_operator_labels_and_to_no_others(string name)
    {
        var policy = Of<V1NetworkPolicy>().Single(policy => Selects(policy.Spec.PodSelector, name));
        var rule = Assert.Single(policy.Spec.Ingress, rule => rule.Ports.Any(port => port.Port.Value == "metrics"));

        Assert.Single(rule.Ports);
        var from = Assert.Single(rule.FromProperty);
        Assert.Null(from.PodSelector);
        Assert.Equal([new(Reader, "true")], from.NamespaceSelector.MatchLabels);
        Assert.Contains($"kubectl label namespace monitoring {Reader}=true", Repository.Read("docs", "operations.md"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Deployments))]
    public void Prometheus_finds_it_as_the_job_that_the_alert_rules_ask_for(string name)
    {
        var page = Repository.Read("docs", "telemetry.md");

        Assert.Contains("up{job=\"sessiongrains\"}", Repository.Read("deploy", "monitoring", "alerts.yml"), StringComparison.Ordinal);
        Assert.Equal("sessiongrains", Pods[name].Metadata.Labels["app.kubernetes.io/part-of"]);
        Assert.Contains("job_name: sessiongrains\n    kubernetes_sd_configs", page, StringComparison.Ordinal);
        Assert.Contains("regex: sessiongrains;metrics, action: keep", page, StringComparison.Ordinal);
        Assert.Contains("jobLabel: app.kubernetes.io/part-of", page, StringComparison.Ordinal);
        Assert.Contains($"names: [{Overlay["namespace"]}]", page, StringComparison.Ordinal);
    }
}
