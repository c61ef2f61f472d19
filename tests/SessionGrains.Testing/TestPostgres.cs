using Npgsql;

namespace SessionGrains.Testing;

/// <summary>A real PostgreSQL server for a test run, started when the first test asks for a database and gone with the run.</summary>
/// <remarks>
/// Looks for the connection string in SESSIONGRAINS_TEST_POSTGRES, then for PostgreSQL's binaries, then for a Docker engine;
/// finding none is a failure, never a reason to skip.
/// </remarks>
public sealed class TestPostgres : IAsyncDisposable
{
    private readonly SemaphoreSlim starting = new(1, 1);
    private PostgresServer? server;

    /// <summary>Where the server keeps its files: heap and write-ahead log.</summary>
    public string DataFolder => Server.DataFolder;

    /// <summary>The folder for the server's files, as a small file system that can be filled; the temporary folder unless given.</summary>
    public string? Within { get; init; }

    private PostgresServer Server => server ?? throw new InvalidOperationException("No test has asked for a database yet.");

    /// <summary>Makes an empty database of its own and answers its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        await StartAsync(cancellationToken);
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Stops the server without a checkpoint or a goodbye, as a power cut would; every database survives as far as it was committed.</summary>
    public Task CrashAsync(CancellationToken cancellationToken = default) => Server.Crash(cancellationToken);

    /// <summary>SIGSTOP to the whole server: connections stay open, and nobody answers.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken = default) => Server.Freeze(cancellationToken);

    /// <summary>SIGCONT to the whole server.</summary>
    public Task ThawAsync(CancellationToken cancellationToken = default) => Server.Thaw(cancellationToken);

    /// <summary>Starts the server, again after a crash, on the same port; harmless while it runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await starting.WaitAsync(cancellationToken);
        try
        {
            server ??= await PostgresServer.Find(Within, cancellationToken);
            await server.Start(cancellationToken);
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>Stops the server and deletes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        starting.Dispose();
    }
}
