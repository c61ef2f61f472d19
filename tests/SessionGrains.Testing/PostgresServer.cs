using System.Net;
using System.Net.Sockets;

namespace SessionGrains.Testing;

/// <summary>One way to have a PostgreSQL server.</summary>
internal abstract class PostgresServer : IAsyncDisposable
{
    public abstract string ConnectionString { get; }

    public virtual string DataFolder => throw new NotSupportedException("The files of this server are not on this machine.");

    /// <param name="within">The folder for the data folder; the temporary folder unless given.</param>
    public static async Task<PostgresServer> Find(string? within, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("SESSIONGRAINS_TEST_POSTGRES") is { Length: > 0 } given)
        {
            return new GivenPostgres(given);
        }

        if (LocalPostgres.FindBinaries() is { } binaries)
        {
            return new LocalPostgres(binaries, within ?? Path.GetTempPath());
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

    /// <summary>Stops every process of the server where it stands; connections stay open and nobody answers.</summary>
    public virtual Task Freeze(CancellationToken cancellationToken) => throw new NotSupportedException("The processes of this server are not on this machine.");

    public virtual Task Thaw(CancellationToken cancellationToken) => throw new NotSupportedException("The processes of this server are not on this machine.");

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
