using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace SessionGrains.Telemetry;

/// <summary>What every host tells of itself: metrics for Prometheus, a trace id in each log line, and spans for whoever is named to take them.</summary>
public static class TelemetryServices
{
    /// <summary>Where spans, metrics and logs are sent; nothing is sent anywhere without it.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ServiceName = "OTEL_SERVICE_NAME";

    // Ours, and those of the libraries that say how the parts beside ours are doing. None of them labels by id, user or address.
    private static readonly string[] Meters =
    [
        "SessionGrains", "SessionGrains.*", "Microsoft.Orleans", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime",
    ];

    /// <summary>Adds metrics and structured log lines; and the export of everything, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to.</summary>
    /// <param name="service">The host's name in traces and metrics, unless <c>OTEL_SERVICE_NAME</c> gives it another.</param>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<DistributedContextPropagator, TraceContextOnly>();
        services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidator>();
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();

        var name = builder.Configuration[ServiceName] is { Length: > 0 } configured ? configured : service;
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name, serviceVersion: Version))
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter());
        if (builder.Configuration[Endpoint] is { Length: > 0 })
        {
            telemetry.WithTracing(Spans.Record).UseOtlpExporter();
        }
        else
        {
            services.AddHostedService<TraceIds>();
        }

        return builder;
    }

    private static string? Version => typeof(TelemetryServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
