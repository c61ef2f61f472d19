using Microsoft.Extensions.Options;
using SessionGrains.Grains;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Network;
using SessionGrains.Silo;
using SessionGrains.Telemetry;

try
{
    if (Migrations.AreAskedFor(args))
    {
        return await Migrations.Run();
    }

    var builder = WebApplication.CreateBuilder(args);
    var database = builder.Configuration.RequireConnectionString();
    if (args is ["verify-audit"])
    {
        return await AuditVerification.Run(database, Console.Out, CancellationToken.None) ? 0 : 2;
    }

    builder.AddTelemetry("sessiongrains-silo");
    builder.AddSilo(silo => silo.AddSessionGrainsStorage(database).AddSessionGrainsNetwork().WatchPodsIfTold());

    var app = builder.Build();
    app.UseMetricsPage();
    app.MapSiloHealth();
    await app.RunAsync();
    return 0;
}
// A sentence for each fault serves an operator better than a stack trace.
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
