using Microsoft.Extensions.Options;
using SessionGrains.Api;
using SessionGrains.Api.Cluster;
using SessionGrains.Telemetry;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddTelemetry("sessiongrains-api");
    builder.AddClusterClient();
    builder.AddSessionGrainsApi();

    var app = builder.Build();
    app.UseMetricsPage();
    app.MapSessionGrainsApi();
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException refused)
{
    // A sentence for each fault serves an operator better than a stack trace.
    foreach (var fault in refused.Failures)
    {
        await Console.Error.WriteLineAsync(fault);
    }

    return 1;
}
catch (OperationCanceledException)
{
    // Asked to stop while it still looked for its first silo.
    return 0;
}
