using Npgsql;

namespace SessionGrains.Testing;

/// <summary>A server in a container, for machines without PostgreSQL's binaries.</summary>
internal sealed class DockerPostgres : PostgresServer
{
    private readonly string name = $"sessiongrains-postgres-{Guid.NewGuid():N}";
    private readonly int port = FreePort();
    private Watchdog? watchdog;

    public override string ConnectionString => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";

    public static async Task<bool> IsPossible(CancellationToken cancellationToken)
    {
        try
        {
            await Command.Run(["docker", "version"], cancellationToken);
            return true;
        }
        catch (Exception fault) when (fault is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public override async Task Start(CancellationToken cancellationToken)
    {
        if (watchdog is null)
        {
            watchdog = Watchdog.Start($"docker rm -f -v {name}");
            await Command.Run(
                [
                    "docker", "run", "-d", "--name", name, "-p", $"127.0.0.1:{port}:5432", "-e", "POSTGRES_HOST_AUTH_METHOD=trust", "postgres:17",
                    "-c", "max_connections=300", "-c", "shared_preload_libraries=pg_stat_statements",
                ],
                cancellationToken);
        }
        else
        {
            await Command.Run(["docker", "start", name], cancellationToken);
        }

        await Answers(cancellationToken);
    }

    public override Task Crash(CancellationToken cancellationToken) => Command.Run(["docker", "kill", "--signal", "KILL", name], cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (watchdog is not null)
        {
            await watchdog.DisposeAsync();
        }
    }

    private async Task Answers(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (await pause.WaitForNextTickAsync(patience.Token))
        {
            try
            {
                await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Timeout=2");
                await connection.OpenAsync(patience.Token);
                return;
            }
            catch (NpgsqlException)
            {
                // Not yet: the image also restarts its server once after its first start.
            }
        }
    }
}
