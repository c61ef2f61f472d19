using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SessionGrains.Telemetry;

/// <summary>Which spans a host records, and what is taken out of them before they leave.</summary>
internal static class Spans
{
    // Grain calls, but not the runtime's own; requests to OpenAI and authorizers; statements that are part of a trace; and ours.
    private static readonly string[] Sources = ["SessionGrains.*", "Microsoft.Orleans.Application", "System.Net.Http", "Npgsql"];

    private static readonly string[] Unrecorded = ["/livez", "/readyz", "/metrics"];

    public static void Record(TracerProviderBuilder traces) => traces
        .AddSource(Sources)
        .AddAspNetCoreInstrumentation(requests => requests.Filter = IsOurs)
        .AddProcessor<Discretion>();

    /// <summary>Another host in this process, as the emulator on a laptop, does not count; nor do probes and scrapes.</summary>
    private static bool IsOurs(HttpContext context) =>
        context.RequestServices.GetService<MeterProvider>() is not null && !Unrecorded.Any(path => context.Request.Path == path);

    /// <summary>Cuts what a caller or an operator may have written a secret into: a request keeps its route, a question of ours its host.</summary>
    internal sealed class Discretion : BaseProcessor<Activity>
    {
        private static readonly string[] Callers = ["url.query", "user_agent.original", "client.address", "network.peer.address"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Callers)
            {
                data.SetTag(tag, null);
            }

            if (data.GetTagItem("url.path") is not null)
            {
                data.SetTag("url.path", data.GetTagItem("http.route") ?? "(none)");
            }

            if (data.GetTagItem("url.full") is string url)
            {
                data.SetTag("url.full", Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? parsed.GetLeftPart(UriPartial.Authority) : null);
            }
        }
    }
}
