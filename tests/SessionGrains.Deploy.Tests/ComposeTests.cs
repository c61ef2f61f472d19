using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace SessionGrains.Deploy.Tests;

/// <summary>The compose file: each container is closed as far as it can be, and gets what the cluster of processes gets.</summary>
public sealed partial class ComposeTests
{
    private static readonly Dictionary<object, object> Compose = Load();

    private static readonly Dictionary<string, Dictionary<object, object>> All =
        ((Dictionary<object, object>)Compose["services"]).ToDictionary(service => (string)service.Key, service => (Dictionary<object, object>)service.Value);

    public static TheoryData<string> Services => [.. All.Keys];

    private static readonly string[] Silos = ["silo1", "silo2"];

    private static readonly string[] Hosts = [.. Silos, "api"];

    [Theory, MemberData(nameof(Services))]
    public void A_container_writes_nowhere_and_may_nothing(string service)
    {
        var container = All[service];

        Assert.Equal("true", container["read_only"]);
        Assert.Equal(["ALL"], Words(container["cap_drop"]));
        Assert.Equal(["no-new-privileges:true"], Words(container["security_opt"]));
        Assert.DoesNotContain("privileged", container.Keys);
        // Images of ours name their own unprivileged user.
        Assert.True(container.ContainsKey("build") ? Dockerfile(container).Contains("USER $APP_UID", StringComparison.Ordinal) : (string)container["user"] is not "root");
    }

    [Theory, MemberData(nameof(Services))]
    public void A_container_that_stays_has_a_health_check(string service) =>
        Assert.Equal(service is not "migrations", All[service].ContainsKey("healthcheck"));

    [Fact]
    public void Nothing_of_it_is_reached_from_another_machine() =>
        Assert.All(All.Values.SelectMany(service => service.TryGetValue("ports", out var ports) ? Words(ports) : []), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));

    [Fact]
    public void Hosts_start_when_the_migrations_are_done() => Assert.All(
        Hosts,
        host => Assert.Equal("service_completed_successfully", ((Dictionary<object, object>)((Dictionary<object, object>)All[host]["depends_on"])["migrations"])["condition"]));

    [Fact]
    public void A_host_has_the_time_to_hand_over_or_to_finish_what_was_asked() =>
        Assert.All(Hosts, host => Assert.True(int.Parse(((string)All[host]["stop_grace_period"]).TrimEnd('s'), null) > 35));

    [Fact]
    public void Every_secret_is_a_file_that_secrets_sh_makes_and_no_container_has_one_that_is_not_its_own()
    {
        var files = ((Dictionary<object, object>)Compose["secrets"]).ToDictionary(secret => (string)secret.Key, secret => (string)((Dictionary<object, object>)secret.Value)["file"]);
        using var made = Secrets.Make();

        Assert.All(files.Values, file => Assert.True(new FileInfo(Path.Combine(made.Folder, Path.GetFileName(file))).Length > 0, file));
        Assert.Equal(["ca_crt", "openai_api_key", "pgpass", "silo_crt", "silo_key"], Words(All["silo1"]["secrets"]).Order());
        Assert.Equal(["api_crt", "api_key", "ca_crt", "pgpass"], Words(All["api"]["secrets"]).Order());
        Assert.Equal(["pgpass"], Words(All["migrations"]["secrets"]));
        Assert.False(All["emulator"].ContainsKey("secrets"));
    }

    [Fact]
    public void One_variable_leaves_the_emulator()
    {
        var silo = (Dictionary<object, object>)All["silo1"]["environment"];

        Assert.Equal("${OPENAI_BASE_URL:-http://emulator:8080/v1}", silo["OPENAI_BASE_URL"]);
        Assert.Single(Variable().Matches(Repository.Read("docker-compose.yml")).Select(match => match.Value).Distinct(), name => name is "OPENAI_BASE_URL:-");
    }

    [Theory, InlineData("silo1", "start_silo"), InlineData("api", "start_api")]
    public void The_cluster_of_processes_gets_the_same_variables(string service, string function)
    {
        var script = Repository.Read("deploy", "local-cluster.sh");
        var body = Regex.Match(script, $@"^{function}\(\) \{{\n(.*?)^\}}", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value;
        var network = Regex.Match(script, @"^network\(\) \{\n(.*?)^\}", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value;
        var ofProcess = Name().Matches(body + network).Select(match => match.Groups[1].Value).ToHashSet();
        var ofContainer = ((Dictionary<object, object>)All[service]["environment"]).Keys.Cast<string>().ToHashSet();

        // On one machine each has ports of its own, and Prometheus is on the same one; in its container it has them all.
        ofContainer.ExceptWith(["ASPNETCORE_HTTP_PORTS", "SessionGrains__Metrics__Port"]);
        ofProcess.ExceptWith(["ASPNETCORE_URLS", "SessionGrains__Silo__Port", "SessionGrains__Silo__GatewayPort"]);
        Assert.Equal(ofContainer.Order(), ofProcess.Order());
        Assert.Equal(service is "api" ? "deploy/secrets/api.env" : "deploy/secrets/silo.env", All[service]["env_file"]);
    }

    private static string Dockerfile(Dictionary<object, object> container) =>
        Repository.Read((string)((Dictionary<object, object>)container["build"])["dockerfile"]);

    private static IEnumerable<string> Words(object list) => ((List<object>)list).Cast<string>();

    private static Dictionary<object, object> Load()
    {
        // Compose merges what is written as <<, and so does this parser.
        var parser = new MergingParser(new Parser(new StringReader(Repository.Read("docker-compose.yml"))));
        parser.Consume<StreamStart>();
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
    }

    [GeneratedRegex(@"(?<=\$\{)[A-Z_]+:-")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?:^|[\s""])([A-Za-z]+(?:_[A-Za-z]+|__[A-Za-z]+)+)=", RegexOptions.Multiline)]
    private static partial Regex Name();
}
