using System.Data.Common;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.PostgreSql;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>One migrated database, and what the tests say to it.</summary>
internal sealed class TestDatabase(DbDataSource source, StorageDialect dialect, string location) : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public DbDataSource Source => source;

    public StorageDialect Dialect => dialect;

    /// <summary>The connection string or the file.</summary>
    public string Location => location;

    public Slots Slots { get; } = new(source, dialect);

    public History History { get; } = new(source, dialect, AuditRedaction.None);

    public DefinitionTexts Definitions { get; } = new(source);

    public WorkflowIndex Index { get; } = new(source);

    public WorkflowSearch Search { get; } = new(source);

    public StartBlocks Blocks { get; } = new(source, dialect);

    public AuditTrails Trails { get; } = new(source, dialect, AuditRedaction.None);

    public WebhookDeliveries Webhooks { get; } = new(source, dialect);

    public WebhookSearch WebhookSearch { get; } = new(source);

    public static async Task<TestDatabase> Create(string kind, TestPostgres server)
    {
        var database = kind == "Sqlite" ? Sqlite() : PostgreSql(await server.CreateDatabaseAsync(TestContext.Current.CancellationToken));
        await database.Dialect.Migrate(TestContext.Current.CancellationToken);
        return database;
    }

    public static TestDatabase PostgreSql(string connectionString) =>
        new(PostgreSqlDialect.CreateDataSource(connectionString), new PostgreSqlDialect(connectionString), connectionString);

    private static TestDatabase Sqlite()
    {
        var file = new FileInfo(Path.Combine(Path.GetTempPath(), $"sessiongrains-{Guid.NewGuid():N}", "state.db"));
        var source = new SqliteDataSource(file);
        return new(source, new SqliteDialect(file, source), file.FullName);
    }

    public Task<int> Execute(string sql, params (string Name, object? Value)[] values) =>
        source.Execute(sql, values, TestContext.Current.CancellationToken);

    public async Task<T> Scalar<T>(string sql, params (string Name, object? Value)[] values) =>
        (await source.Query(sql, values, row => row.GetFieldValue<T>(0), TestContext.Current.CancellationToken)).Single();

    /// <summary>How the database would search, in its own words, one line after the other.</summary>
    public async Task<string> Plan(string sql, params (string Name, object? Value)[] values)
    {
        var (explain, text) = dialect is SqliteDialect ? ("EXPLAIN QUERY PLAN", 3) : ("EXPLAIN", 0);
        return string.Join('\n', await source.Query($"{explain} {sql}", values, row => row.GetString(text), TestContext.Current.CancellationToken));
    }

    /// <summary>A workflow's row as Orleans would store it.</summary>
    public Task SaveWorkflow(string id, string state) => Execute(
        """
        INSERT INTO orleansstorage
            (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
        VALUES (0, 0, 0, 0, 'workflow', @id, 'test', @state, 
        """ + (dialect is SqliteDialect ? "0" : "now()") + ", 1)",
        ("id", id), ("state", System.Text.Encoding.UTF8.GetBytes(state)));

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        if (dialect is SqliteDialect)
        {
            Directory.GetParent(location)!.Delete(recursive: true);
        }
    }
}
