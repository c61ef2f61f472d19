using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionGrains.Telemetry;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>Who may read a host's metrics; and that its log lines name their trace.</summary>
public sealed class MetricsPageTests(TestPostgres postgres)
{
    [Fact]
    public async Task Silo_and_API_tell_their_metrics_and_name_in_their_log_lines_the_trace_of_the_request()
    {
        await using var product = await RunningProduct.Cluster(await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken), silos: 1, more: new KeyValuePair<string, string>("Logging__Console__FormatterName", "lines"));
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("brokered");
        using var http = new HttpClient();

        Assert.Contains("sessiongrains_workflows_live{", await http.GetStringAsync(new Uri(product.Silos[0].Url, "/metrics"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_count{", await http.GetStringAsync(new Uri(product.Api.Url, "/metrics"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var trace = await Eventually.NotNull(
            () => Task.FromResult(Lines(product.Api).FirstOrDefault(line => (int)line["event"]! is 500 && ((string)line["fields"]!["route"]!).Trim('/') is "v1/workflows")),
            TimeSpan.FromSeconds(60),
            () => product.Output);
        var moved = await Eventually.NotNull(
            () => Task.FromResult(Lines(product.Silos[0]).FirstOrDefault(line => (int)line["event"]! is 100 && (string?)line["fields"]!["workflow"] == (string)started["id"]!)),
            TimeSpan.FromSeconds(60),
            () => product.Output);
        Assert.Equal((string)trace["trace_id"]!, (string?)moved["trace_id"]);
    }

    [Fact]
    public async Task Without_a_port_of_their_own_metrics_are_for_this_machine_and_not_for_whom_a_proxy_announces()
    {
        await using var host = await Host(null);

        Assert.Equal(HttpStatusCode.OK, await Ask(host.Urls.Single()));
        foreach (var sign in new[] { "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await Ask(host.Urls.Single(), sign));
        }
    }

    [Fact]
    public async Task Without_a_port_of_their_own_metrics_are_not_for_another_machine()
    {
        await using var host = await Host(null, from: IPAddress.Parse("192.0.2.7"));

        Assert.Equal(HttpStatusCode.NotFound, await Ask(host.Urls.Single()));
    }

    [Fact]
    public async Task On_a_port_of_their_own_metrics_are_for_everybody_and_on_no_other_port()
    {
        var port = HostProcess.FreePort();
        await using var host = await Host(port, from: IPAddress.Parse("192.0.2.7"));

        Assert.Equal(HttpStatusCode.OK, await Ask($"http://127.0.0.1:{port}"));
        Assert.Equal(HttpStatusCode.NotFound, await Ask(host.Urls.Single(url => !url.EndsWith($":{port}", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_callers_trace_is_taken_along_and_its_baggage_is_not()
    {
        await using var host = await Host(null);
        using var http = new HttpClient { DefaultRequestHeaders = { { "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01" }, { "baggage", "any=text" } } };

        Assert.Equal("0123456789abcdef0123456789abcdef ", await http.GetStringAsync(new Uri($"{host.Urls.Single()}/trace"), TestContext.Current.CancellationToken));
    }

    /// <summary>A host with nothing but telemetry, whose callers come from where the test says.</summary>
    private static async Task<WebApplication> Host(int? port, IPAddress? from = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(["http://127.0.0.1:0", .. port is null ? Array.Empty<string>() : [$"http://127.0.0.1:{port}"]]);
        builder.Configuration.AddInMemoryCollection([new("SessionGrains:Metrics:Port", port?.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        builder.AddTelemetry("test");
        var app = builder.Build();
        if (from is not null)
        {
            app.Use((context, next) =>
            {
                context.Connection.RemoteIpAddress = from;
                return next(context);
            });
        }

        app.UseMetricsPage();
        app.MapGet("/trace", () => $"{Activity.Current!.TraceId} {string.Join(',', Activity.Current.Baggage.Select(item => item.Key))}");
        await app.StartAsync();
        return app;
    }

    private static async Task<HttpStatusCode> Ask(string host, string? sign = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{host}/metrics");
        if (sign is not null)
        {
            request.Headers.TryAddWithoutValidation(sign, "1.1 proxy");
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static IEnumerable<JsonNode> Lines(HostProcess host) =>
        host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line.StartsWith('{') && line.EndsWith('}')).Select(line => JsonNode.Parse(line)!);
}
