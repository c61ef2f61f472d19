using Xunit;
using static SessionGrains.Deploy.Tests.Manifests;

namespace SessionGrains.Deploy.Tests;

/// <summary>Migrations, silos and APIs log in as three roles, in Kubernetes too.</summary>
public sealed class DatabaseRoleTests
{
    public static TheoryData<string> Workloads => [.. Pods.Keys];

    [Theory, MemberData(nameof(Workloads))]
    public void A_pod_has_its_user_and_its_password_from_one_secret_of_its_own(string workload)
    {
        var pod = Pods[workload].Spec;
        var user = Assert.Single(pod.Containers.Single().Env ?? [], variable => variable.Name == "PGUSER").ValueFrom.SecretKeyRef;

        Assert.Equal("user", user.Key);
        Assert.Equal(pod.Volumes.Single(volume => volume.Name == "database").Secret.SecretName, user.Name);
        Assert.Single(Pods.Values, other => other.Spec.Volumes.Any(volume => volume.Secret?.SecretName == user.Name));
    }

    [Fact]
    public void No_connection_string_names_a_user_because_all_pods_share_it()
    {
        var strings = Settings(Base).Concat(Settings(Overlay)).Where(setting => setting.Name.StartsWith("ConnectionStrings__", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, strings.Count);
        Assert.All(strings, setting =>
        {
            Assert.Contains("Passfile=/run/secrets/database/pgpass", setting.Value, StringComparison.Ordinal);
            Assert.DoesNotMatch("(?i)(user ?name|user ?id|uid|password|pwd) *=", setting.Value);
        });
    }
}
