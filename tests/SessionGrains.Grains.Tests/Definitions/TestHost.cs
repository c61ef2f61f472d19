using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>A host with definitions and nothing else, whose log and counter can be read.</summary>
internal sealed class TestHost : IDisposable
{
    private readonly IHost host;
    private readonly MeterListener listener = new();
    private readonly RecordingLog log = new();
    private int reloadFailures;
    private bool isStarted;

    public TestHost(TestFolder folder, TimeProvider? clock = null, Action<HostApplicationBuilder>? configure = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = folder.Root });
        builder.Configuration.AddInMemoryCollection(
            [new("SessionGrains:Definitions", folder.Definitions), new("SessionGrains:Tools", folder.Tools), new("ASK_SECRET", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=")]);
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        configure?.Invoke(builder);
        builder.Services.AddDefinitions();
        host = builder.Build();
        Count();
    }

    public DefinitionCatalog Catalog => host.Services.GetRequiredService<DefinitionCatalog>();

    public StartAuthorization Authorization => host.Services.GetRequiredService<StartAuthorization>();

    public Toolbox Toolbox => host.Services.GetRequiredService<Toolbox>();

    public IEnumerable<string> Errors => log.Errors;

    public int ReloadFailures => Volatile.Read(ref reloadFailures);

    public async Task Start()
    {
        await host.StartAsync(TestContext.Current.CancellationToken);
        isStarted = true;
    }

    /// <summary>The next set that is loaded.</summary>
    public Task<DefinitionSet> NextLoad()
    {
        var loaded = new TaskCompletionSource<DefinitionSet>(TaskCreationOptions.RunContinuationsAsynchronously);
        Catalog.Loaded += set => loaded.TrySetResult(set);
        return loaded.Task;
    }

    public void Dispose()
    {
        listener.Dispose();
        if (isStarted)
        {
            host.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        }

        host.Dispose();
    }

    private void Count()
    {
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == DefinitionMetrics.ReloadFailures && instrument.Meter.Scope == meters)
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref reloadFailures, (int)value));
        listener.Start();
    }

    private sealed class RecordingLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Errors { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Errors.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
