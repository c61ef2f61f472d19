using Npgsql;
using SessionGrains.Testing;

namespace SessionGrains.Bench.Measures;

/// <summary>The one PostgreSQL server of a run, which syncs every commit, and what it has written.</summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private readonly TestPostgres postgres = new();
    private string own = null!;

    public string Version { get; private set; } = null!;

    public string Folder => postgres.DataFolder;

    /// <summary>The server and one process for each connection.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes
    {
        get
        {
            var server = int.Parse(File.ReadLines(Path.Combine(Folder, "postmaster.pid")).First(), null);
            var children = File.ReadAllText($"/proc/{server}/task/{server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return [("PostgreSQL", server), .. children.Select(child => ("PostgreSQL", int.Parse(child, null)))];
        }
    }

    public static async Task<DatabaseServer> Start(Cores cores)
    {
        var server = new DatabaseServer();
        try
        {
            server.own = await server.CreateDatabase();
            foreach (var (_, id) in server.Processes)
            {
                await cores.Pin(id);
            }

            await server.Execute("CREATE EXTENSION pg_walinspect");
            server.Version = (string)(await server.Execute("SELECT current_setting('server_version')"))!;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task<string> CreateDatabase() => postgres.CreateDatabaseAsync();

    /// <summary>So that nobody pays for the whole pages that another one's checkpoint asks for.</summary>
    public Task Checkpoint() => Execute("CHECKPOINT");

    /// <summary>Where the write-ahead log ends now.</summary>
    public async Task<string> Mark() => (string)(await Execute("SELECT pg_current_wal_flush_lsn()::text"))!;

    /// <summary>What was written since then: transactions that are on disk, counted in the log itself, and its bytes.</summary>
    public async Task<(long Commits, long Bytes)> Since(string mark)
    {
        var now = await Mark();
        if (now == mark)
        {
            return (0, 0);
        }

        var commits = 0L;
        try
        {
            commits = (long)(await Execute(
                """
                SELECT coalesce(sum(count), 0)::bigint FROM pg_get_wal_stats($1::text::pg_lsn, $2::text::pg_lsn, true) WHERE "resource_manager/record_type" = 'Transaction/COMMIT'
                """,
                mark,
                now))!;
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.InternalError)
        {
            // So little was written that no whole record lies between the two: a system without a database.
        }

        return (commits, (long)(await Execute("SELECT ($2::text::pg_lsn - $1::text::pg_lsn)::bigint", mark, now))!);
    }

    public ValueTask DisposeAsync() => postgres.DisposeAsync();

    private async Task<object?> Execute(string sql, params string[] values)
    {
        await using var connection = new NpgsqlConnection($"{own};Pooling=false;Command Timeout=120");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteScalarAsync();
    }
}
