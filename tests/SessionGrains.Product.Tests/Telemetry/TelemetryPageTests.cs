using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Api;
using SessionGrains.Grains;
using SessionGrains.OpenAI;
using SessionGrains.Telemetry;
using SessionGrains.Testing;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>Documentation, dashboard and alarms name what there is, and all of it that is ours.</summary>
public sealed partial class TelemetryPageTests(TestPostgres postgres)
{
    private static readonly Assembly[] Ours =
        [typeof(SessionGrainsApi).Assembly, typeof(SiloHosting).Assembly, typeof(IRealtimeClient).Assembly, typeof(IToolRunner).Assembly, typeof(TelemetryServices).Assembly];

    // What Prometheus itself says of a host.
    private static readonly string[] OfPrometheus = ["up"];

    [Fact]
    public void Every_instrument_of_ours_is_in_the_table_with_its_kind_and_unit()
    {
        using var instruments = OfOurs();
        var there = instruments.Seen.Where(IsOurs).Select(instrument => (instrument.Name, Kind: KindAndUnit(instrument))).Distinct().Order();

        var rows = Row().Matches(Repository.Read("docs", "telemetry.md")).Select(row => (Name: row.Groups["name"].Value, Kind: row.Groups["kind"].Value)).Order();

        Assert.Equal(there, rows);
    }

    [Fact]
    public async Task Dashboard_and_alarms_ask_for_nothing_that_no_host_has()
    {
        using var all = new Instruments();
        using var ours = OfOurs();
        await using var receiver = await Receiver.Start();
        await using var host = await OneHost.Start(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), receiver, sends: false);
        using var browser = host.Browser();
        await browser.MustStart("brokered");
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(host.Url, "/metrics"), TestContext.Current.CancellationToken);

        var scraped = page.Split('\n').Where(line => line.Length > 0 && line[0] is not '#').Select(line => line.Split('{', ' ')[0]).ToHashSet();
        var known = all.PrometheusNames;
        // The names that are worked out here are those that a real scrape has.
        var unknown = scraped.Where(name => name is not "target_info" && !known.Contains(name)).ToList();
        Assert.Empty(unknown);
        Assert.Contains("sessiongrains_workflows_started_total", scraped);
        Assert.Contains("orleans_storage_write_latency_milliseconds_bucket", scraped);
        Assert.Contains("db_client_operation_duration_seconds_bucket", scraped);

        Assert.Empty(Asked(Repository.Read("deploy", "monitoring", "alerts.yml")).Except(known));
        Assert.Empty(JsonNode.Parse(Repository.Read("deploy", "monitoring", "dashboard.json"))!["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .SelectMany(target => Asked($"expr: {target!["expr"]}")).Except(known));
    }

    [Fact]
    public void Every_metric_of_ours_is_on_the_dashboard()
    {
        using var instruments = OfOurs();
        var dashboard = Repository.Read("deploy", "monitoring", "dashboard.json");

        Assert.All(
            instruments.Seen.Where(IsOurs),
            instrument => Assert.Contains(instrument.Name.Replace('.', '_'), dashboard, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alarm_has_its_section_in_the_runbooks_and_the_other_way_round()
    {
        var rules = Repository.Read("deploy", "monitoring", "alerts.yml");
        var alarms = Alarm().Matches(rules).Select(match => match.Groups["name"].Value).ToList();
        var sections = Section().Matches(Repository.Read("docs", "runbooks.md")).Select(match => match.Groups["name"].Value).ToList();

        Assert.NotEmpty(alarms);
        Assert.Equal(alarms.Order(), sections.Order());
        Assert.Equal(
            alarms.Select(alarm => $"docs/runbooks.md#{alarm.ToLowerInvariant()}"),
            Runbook().Matches(rules).Select(match => match.Groups["place"].Value));
    }

    [Fact]
    public void Its_options_are_on_the_configuration_page() => Assert.All(
        typeof(MetricsOptions).GetProperties(),
        option => Assert.Contains($"`{MetricsOptions.Section.Replace(":", "__", StringComparison.Ordinal)}__{option.Name}`", Repository.Read("docs", "configuration.md"), StringComparison.Ordinal));

    /// <summary>All classes of ours that make instruments, made once.</summary>
    private static Instruments OfOurs()
    {
        var instruments = new Instruments();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("OPENAI_API_KEY", "sk-any")]).Build()).AddLogging().AddOpenAI().BuildServiceProvider();
        var makers = Ours.SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.IsAbstract && type.GetConstructors().Any(made => made.GetParameters().Any(parameter => parameter.ParameterType == typeof(IMeterFactory))))
            .ToList();
        Assert.NotEmpty(makers);
        makers.ForEach(maker => ActivatorUtilities.CreateInstance(services, maker));
        return instruments;
    }

    private static bool IsOurs(Instrument instrument) => instrument.Meter.Name is "SessionGrains" || instrument.Meter.Name.StartsWith("SessionGrains.", StringComparison.Ordinal);

    private static string KindAndUnit(Instrument instrument) => instrument.Unit is null or ['{', .., '}'] and not "{USD}"
        ? Instruments.KindOf(instrument)
        : $"{Instruments.KindOf(instrument)}, {instrument.Unit.Trim('{', '}')}";

    /// <summary>The metrics that expressions name.</summary>
    private static HashSet<string> Asked(string text) =>
        [.. Expression().Matches(text).SelectMany(expression => Metric().Matches(Label().Replace(expression.Value, ""))).Select(match => match.Value).Except(OfPrometheus)];

    [GeneratedRegex(@"^\| `(?<name>[a-z_.]+)` \| (?<kind>(counter|gauge|histogram)(, \w+)?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^ +- alert: (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alarm();

    [GeneratedRegex(@"^ +runbook: (?<place>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Runbook();

    [GeneratedRegex(@"^## (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();

    // An expression is on its line, or on the deeper lines below it.
    [GeneratedRegex(@"expr: (>\n(?: {10,}.+\n)+|.+)")]
    private static partial Regex Expression();

    // Labels, and what is summed by, are no metrics.
    [GeneratedRegex(@"\{[^}]*\}|by \([^)]*\)")]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(?!on_|le\b)[a-z]+(_[a-z0-9]+)+\b(?!\()|\bup\b")]
    private static partial Regex Metric();
}
