using Microsoft.Extensions.Options;
using SessionGrains.Api;
using SessionGrains.Grains;
using SessionGrains.Grains.Definitions;
using SessionGrains.Local;
using SessionGrains.Network;
using SessionGrains.Telemetry;

try
{
    var builder = WebApplication.CreateBuilder(args);
    await using var emulator = await builder.StartEmulatorWithoutKeyAsync();
    builder.AddTelemetry("sessiongrains-local");
    builder.UseTestUsers();
    builder.AddSampleTools(new Shop());
    builder.AddSilo(silo => silo.UseOneMachine(builder).AddSessionGrainsNetwork());
    builder.AddSessionGrainsApi();

    var app = builder.Build();
    app.UseMetricsPage();
    app.MapSessionGrainsApi();
    app.MapTestUsers();
    app.MapDemo(emulator);
    app.SayWhatRuns(emulator);
    await app.RunAsync();
    return 0;
}
// A sentence for each fault serves a person better than a stack trace.
catch (OptionsValidationException refused)
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, refused.Failures));
    return 1;
}
catch (DefinitionsException refused)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 1;
}
