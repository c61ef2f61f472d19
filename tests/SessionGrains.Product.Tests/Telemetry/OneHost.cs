using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SessionGrains.Api;
using SessionGrains.Grains;
using SessionGrains.Grains.Storage;
using SessionGrains.Telemetry;
using SessionGrains.Testing.Hosts;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>API and silo on PostgreSQL in the tests' own process, so that its spans can be looked at as they leave.</summary>
internal sealed class OneHost : IAsyncDisposable
{
    private readonly TestDefinitions definitions;
    private readonly WebApplication app;

    private OneHost(TestDefinitions definitions, PretendOpenAI openAI, WebApplication app, Spans spans) =>
        (this.definitions, OpenAI, this.app, Exported) = (definitions, openAI, app, spans);

    public PretendOpenAI OpenAI { get; }

    public Uri Url => new(app.Urls.Single());

    public IServiceProvider Services => app.Services;

    /// <summary>Every span that left, as it left.</summary>
    public Spans Exported { get; }

    /// <param name="receiver">Where everything is sent to; nothing is sent without it.</param>
    public static async Task<OneHost> Start(string database, Receiver receiver, bool sends = true)
    {
        var openAI = await PretendOpenAI.StartAsync(Canaries.Key);
        var definitions = new TestDefinitions();
        Define(definitions, receiver);

        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var settings = openAI.Configuration.Concat(SessionGrains.Testing.Hosts.Tokens.Configuration).ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value);
        settings["OPENAI_API_KEY"] = Canaries.Key;
        settings["SessionGrains:Definitions"] = definitions.Folder;
        settings["SessionGrains:Tools"] = definitions.Tools;
        settings["SessionGrains:Silo:Port"] = $"{HostProcess.FreePort()}";
        settings["SessionGrains:Silo:GatewayPort"] = $"{HostProcess.FreePort()}";
        settings[ToolBackend.SecretVariable] = ToolBackend.Secret;
        settings["Logging:LogLevel:Default"] = "Trace";
        settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        settings[TelemetryServices.Endpoint] = sends ? receiver.Url.ToString() : null;
        builder.Configuration.AddInMemoryCollection(settings);

        var spans = new Spans();
        builder.AddTelemetry("sessiongrains-test");
        builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddProcessor(new SimpleActivityExportProcessor(spans)));
        builder.AddTool(AIFunctionFactory.Create((string note) => $"{Canaries.Output} {note.Length}", "note_it", "Notes it."), effect: ToolEffect.Read);
        builder.AddSilo(silo => silo.AddSessionGrainsStorage(database));
        builder.AddSessionGrainsApi();

        var app = builder.Build();
        app.UseMetricsPage();
        app.MapSessionGrainsApi();
        await app.StartAsync();
        return new(definitions, openAI, app, spans);
    }

    public Browser Browser() => SessionGrains.Testing.Hosts.Browser.Of(Canaries.Subject, Url, Canaries.Tenant);

    /// <summary>Stops the host; what it still holds is sent first.</summary>
    public async Task Stop()
    {
        await app.StopAsync();
        app.Services.GetService<TracerProvider>()?.ForceFlush();
        app.Services.GetService<MeterProvider>()?.ForceFlush();
        app.Services.GetService<LoggerProvider>()?.ForceFlush();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await OpenAI.DisposeAsync();
        definitions.Dispose();
    }

    private static void Define(TestDefinitions definitions, Receiver receiver)
    {
        const string tools = """["look_up","note_it","last_it"]""";
        definitions.AddTool("look_up", Tool("look_up", receiver, endsWorkflow: false));
        definitions.AddTool("last_it", Tool("last_it", receiver, endsWorkflow: true));
        foreach (var mode in new[] { "brokered", "sealed", "client_secret" })
        {
            definitions.Add($"tools-{mode}", mode, instructions: $"{Canaries.Instructions} for {{{{inputs.customer}}}} and {{{{user.name}}}}.", tools: tools, transcripts: true);
        }
    }

    private static string Tool(string name, Receiver receiver, bool endsWorkflow) => $$$"""
        {
          "name": "{{{name}}}", "description": "A tool of the tests.", "effect": "keyed", "ends_workflow": {{{(endsWorkflow ? "true" : "false")}}},
          "parameters": { "type": "object", "properties": { "note": { "type": "string", "maxLength": 100 } }, "required": ["note"], "additionalProperties": false },
          "http": { "url": "{{{receiver.ToolUrl}}}", "signing_secret_env": "{{{ToolBackend.SecretVariable}}}", "allow_private_network": true }
        }
        """;

    /// <summary>Keeps what is exported.</summary>
    internal sealed class Spans : BaseExporter<Activity>
    {
        private readonly ConcurrentQueue<Activity> all = [];

        public IReadOnlyList<Activity> All => [.. all];

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                all.Enqueue(span);
            }

            return ExportResult.Success;
        }
    }
}
