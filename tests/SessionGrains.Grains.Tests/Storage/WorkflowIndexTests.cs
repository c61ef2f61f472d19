using Npgsql;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class WorkflowIndexTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task The_view_shows_what_the_stored_state_says(string kind)
    {
        await using var database = await Create(kind, server);
        await using var silo = await TestSilo.Start(database);
        await silo.Write("workflow", "wf_1", new StoredWorkflow(StoredPhase.Active, Noon.ToUnixTimeMilliseconds(), "rtc_1", "naïve ✓ \0 \\u0000"));
        await silo.Write("workflow", "wf_2", new StoredWorkflow(StoredPhase.Ended));
        await silo.Write("tool_call", "wf_1", new StoredWorkflow(StoredPhase.Active, 1, "rtc_1"));

        var rows = await database.Source.Query(
            "SELECT id, phase, due_at, call_id, modified FROM workflow_view ORDER BY id",
            [],
            row => (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? 0 : row.GetInt64(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetInt64(4) > 1_700_000_000_000),
            Cancellation);

        Assert.Equal([("wf_1", "active", Noon.ToUnixTimeMilliseconds(), "rtc_1", true), ("wf_2", "ended", 0, null, true)], rows);
        Assert.Equal("wf_1", await database.Index.HolderOf("rtc_1", Cancellation));
        Assert.Null(await database.Index.HolderOf("rtc_2", Cancellation));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_is_queried_follows_the_state_whoever_writes_it(string kind)
    {
        await using var database = await Create(kind, server);
        await database.SaveWorkflow("wf_1", """{"phase":"active","due_at":1,"call_id":"rtc_1"}""");

        await database.Execute("UPDATE orleansstorage SET payloadbinary = @state", ("state", """{"phase":"ending"}"""u8.ToArray()));
        Assert.Equal("ending", await database.Scalar<string>("SELECT phase FROM workflow_view WHERE due_at IS NULL AND call_id IS NULL"));

        await database.Execute("UPDATE orleansstorage SET payloadbinary = NULL");
        Assert.Equal(0L, await database.Scalar<long>("SELECT count(phase) FROM orleansstorage"));
    }

    [Fact]
    public async Task Nobody_can_make_what_is_queried_say_something_else_than_the_state()
    {
        await using var database = await Create("PostgreSql", server);
        await database.SaveWorkflow("wf_1", """{"phase":"active"}""");

        await database.Execute("UPDATE orleansstorage SET phase = 'ended', due_at = 1, call_id = 'rtc_1'");

        Assert.Equal("active", await database.Scalar<string>("SELECT phase FROM workflow_view WHERE due_at IS NULL AND call_id IS NULL"));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task What_is_due_comes_longest_overdue_first_page_by_page(string kind)
    {
        await using var database = await Create(kind, server);
        foreach (var (id, due) in new[] { ("wf_c", 10L), ("wf_a", 20L), ("wf_b", 20L), ("wf_later", 31L) })
        {
            await database.SaveWorkflow(id, $$"""{"phase":"ready","due_at":{{due}}}""");
        }

        await database.SaveWorkflow("wf_never", """{"phase":"ready"}""");
        var now = DateTimeOffset.FromUnixTimeMilliseconds(30);
        var first = await database.Index.Due(now, 2, null, Cancellation);
        var second = await database.Index.Due(now, 2, first[^1], Cancellation);

        Assert.Equal(["wf_c", "wf_a"], first.Select(due => due.Id));
        Assert.Equal([new DueWorkflow("wf_b", DateTimeOffset.FromUnixTimeMilliseconds(20))], second);
        Assert.Equal("wf_later", (await database.Index.Due(now.AddMilliseconds(1), 9, second[^1], Cancellation)).Single().Id);
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Twenty_thousand_workflows_are_searched_by_index(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Execute(database.Dialect is SqliteDialect
            ? """
              WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
              INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, modifiedon, version)
              SELECT 0, 0, 0, 0, 'workflow', 'wf_' || n, 'test', CAST('{"phase":"ready","due_at":' || n || '}' AS BLOB), 0, 1 FROM numbers;
              ANALYZE;
              """
            : """
              INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, version)
              SELECT n, 0, 0, 0, 'workflow', 'wf_' || n, 'test', convert_to('{"phase":"ready","due_at":' || n || '}', 'UTF8'), 1 FROM generate_series(1, 20000) AS n;
              ANALYZE orleansstorage;
              """);

        (string, object?)[] page =
        [
            ("now", 100L), ("after_at", 5L), ("after_id", "wf_5"), ("limit", 50), ("call_id", "rtc_1"),
        ];
        Assert.Contains("workflow_due", await database.Plan(WorkflowIndex.DueQuery, page), StringComparison.Ordinal);
        Assert.Contains(StorageFaults.CallIndex, await database.Plan(WorkflowIndex.HolderQuery, page), StringComparison.Ordinal);
        foreach (var query in new[] { "ReadFromStorageKey", "ClearStorageKey", "DeleteStorageKey" })
        {
            var text = await database.Scalar<string>("SELECT querytext FROM orleansquery WHERE querykey = @key", ("key", query));
            var plan = await database.Plan(text, ("GrainTypeString", "workflow"), ("GrainIdExtensionString", "wf_77"), ("GrainIdN0", 0L), ("GrainIdN1", 0L), ("ServiceId", "test"),
                ("GrainStateVersion", 1), ("PayloadBinary", Array.Empty<byte>()));
            Assert.Contains("orleansstorage_key", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    /// <summary>A database that would sort `wf_a` before `wf_B` if it were asked to.</summary>
    private async Task<string> CreateEnglishDatabase()
    {
        var plain = await server.CreateDatabaseAsync(Cancellation);
        await using var source = NpgsqlDataSource.Create(plain);
        var name = $"english_{Guid.NewGuid():N}";
        await source.Execute($"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'", [], Cancellation);
        return new NpgsqlConnectionStringBuilder(plain) { Database = name }.ConnectionString;
    }
}
