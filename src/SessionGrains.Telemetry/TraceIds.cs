using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace SessionGrains.Telemetry;

/// <summary>Has each request carry its trace id into the grains where nobody records spans, so that log lines of all hosts can be put together.</summary>
internal sealed class TraceIds : IHostedService, IDisposable
{
    private readonly ActivityListener listener = new()
    {
        ShouldListenTo = source => source.Name is "Microsoft.AspNetCore",
        // Ids, and nothing else: no tag is written for it.
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        SampleUsingParentId = (ref ActivityCreationOptions<string> _) => ActivitySamplingResult.PropagationData,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        ActivitySource.AddActivityListener(listener);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => listener.Dispose();
}
