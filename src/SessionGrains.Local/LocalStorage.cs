using System.Net;
using System.Net.Sockets;
using SessionGrains.Grains;
using SessionGrains.Grains.Storage;

namespace SessionGrains.Local;

/// <summary>Keeps the state of a host that runs alone: in PostgreSQL where it is given one, else in a file beside the project.</summary>
internal static class LocalStorage
{
    private const string Project = "src/SessionGrains.Local";

    public static ISiloBuilder UseOneMachine(this ISiloBuilder silo, WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetConnectionString("SessionGrains") is { Length: > 0 } database)
        {
            return silo.AddSessionGrainsStorage(database);
        }

        // It has no peers, so any free ports do, and two of them do not get into each other's way.
        var section = builder.Configuration.GetSection(SiloOptions.Section);
        var (siloPort, gatewayPort) = (section.GetValue(nameof(SiloOptions.Port), FreePort()), section.GetValue(nameof(SiloOptions.GatewayPort), FreePort()));
        silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: SiloHosting.Name, clusterId: SiloHosting.Name);
        silo.Services.PostConfigure<SiloOptions>(options => (options.Port, options.GatewayPort) = (siloPort, gatewayPort));
        return silo.AddSessionGrainsStorage(new FileInfo(Path.Combine(DataFolder(builder.Configuration), "sessiongrains.db")));
    }

    public static string DataFolder(IConfiguration configuration) =>
        Directory.CreateDirectory(configuration["SessionGrains:Data"] is { Length: > 0 } folder ? folder : DefaultFolder()).FullName;

    private static string DefaultFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, Project)))
            {
                return Path.Combine(folder.FullName, Project, ".data");
            }
        }

        return Path.Combine(AppContext.BaseDirectory, ".data");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
