using System.Net;
using System.Net.Sockets;

namespace SessionGrains.Testing;

/// <summary>One way to have a PostgreSQL server.</summary>
internal abstract class PostgresServer : IAsyncDisposable
{
    public abstract string ConnectionString { get; }

    public virtual string DataFolder => throw new NotSupportedException("The files of this server are not on this machine.");

    public static async Task<PostgresServer> Find(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("SESSIONGRAINS_TEST_POSTGRES") is { Length: > 0 } given)
        {
            return new GivenPostgres(given);
        }

        if (LocalPostgres.FindBinaries() is { } binaries)
        {
            return new LocalPostgres(binaries);
        }

        if (await DockerPostgres.IsPossible(cancellationToken))
        {
            return new DockerPostgres();
        }

        throw new InvalidOperationException(
            "These tests need PostgreSQL: SESSIONGRAINS_TEST_POSTGRES is not set, no initdb is in /usr/lib/postgresql/*/bin or PATH, and no Docker engine answers.");
    }

    public abstract Task Start(CancellationToken cancellationToken);

    public abstract Task Crash(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class GivenPostgres(string connectionString) : PostgresServer
    {
        public override string ConnectionString => connectionString;

        public override Task Start(CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task Crash(CancellationToken cancellationToken) => throw new NotSupportedException("A server that others may use is not crashed.");

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
