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

            await server.Execute("CREATE EXTENSION pg_walinspect; CREATE EXTENSION pg_stat_statements");
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

    /// <summary>Where the write-ahead log ends now, and how many statements the systems' databases were asked so far.</summary>
    public async Task<DatabaseMark> Mark() => new(
        (string)(await Execute("SELECT pg_current_wal_flush_lsn()::text"))!,
        (long)(await Execute(
            "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE dbid <> (SELECT oid FROM pg_database WHERE datname = current_database())"))!);

    public async Task<DatabaseWork> Since(DatabaseMark before)
    {
        var now = await Mark();
        if (now.Log == before.Log)
        {
            return new(0, now.Statements - before.Statements, 0);
        }

        var commits = 0L;
        try
        {
            commits = (long)(await Execute(
                """
                SELECT coalesce(sum(count), 0)::bigint FROM pg_get_wal_stats($1::text::pg_lsn, $2::text::pg_lsn, true) WHERE "resource_manager/record_type" = 'Transaction/COMMIT'
                """,
                before.Log,
                now.Log))!;
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.InternalError)
        {
            // So little was written that no whole record lies between the two: a system without a database.
        }

        var bytes = (long)(await Execute("SELECT ($2::text::pg_lsn - $1::text::pg_lsn)::bigint", before.Log, now.Log))!;
        return new(commits, now.Statements - before.Statements, bytes);
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

/// <summary>A moment of the server.</summary>
internal readonly record struct DatabaseMark(string Log, long Statements);

/// <summary>What the server did in between.</summary>
/// <param name="Commits">Transactions that are on disk, counted in the write-ahead log itself.</param>
/// <param name="Statements">As pg_stat_statements counts them: those that begin and end a transaction are among them.</param>
/// <param name="Bytes">Of the write-ahead log.</param>
internal readonly record struct DatabaseWork(long Commits, long Statements, long Bytes);
