using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionGrains.Telemetry;

/// <summary>Answers <c>GET /metrics</c> in Prometheus' format, to those who may read it; to others there is nothing.</summary>
public static class MetricsPage
{
    private const string Path = "/metrics";

    // A proxy on this machine speaks for somebody who is not.
    private static readonly string[] SignsOfAProxy = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"];

    /// <summary>Before anything else of the host, so that scrapes are neither logged nor counted as anybody's requests.</summary>
    public static WebApplication UseMetricsPage(this WebApplication app)
    {
        var port = app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Port;
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context =>
            context.Request.Path == Path && HttpMethods.IsGet(context.Request.Method) && MayRead(context, port));
        return app;
    }

    private static bool MayRead(HttpContext context, int? port) => port is not null
        ? context.Connection.LocalPort == port
        : context.Connection.RemoteIpAddress is { } caller && IPAddress.IsLoopback(caller)
            && !SignsOfAProxy.Any(context.Request.Headers.ContainsKey);
}
