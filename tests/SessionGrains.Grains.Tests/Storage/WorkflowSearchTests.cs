using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>What operators find, among everybody's workflows.</summary>
public sealed class WorkflowSearchTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Live_and_ended_ones_come_newest_first_and_page_by_page(string kind)
    {
        await using var database = await Create(kind, server);
        await Live(database, "wf_live_1", minute: 1);
        await Ended(database, "wf_ended_2", minute: 2);
        await Live(database, "wf_live_3b", minute: 3);
        await Live(database, "wf_live_3a", minute: 3);
        await Ended(database, "wf_ended_4", minute: 4);

        var first = await database.Search.Find(new(), 2, null, Cancellation);
        var second = await database.Search.Find(new(), 9, first[^1], Cancellation);

        Assert.Equal(["wf_ended_4", "wf_live_3b"], first.Select(found => found.Id));
        Assert.Equal(["wf_live_3a", "wf_ended_2", "wf_live_1"], second.Select(found => found.Id));
        Assert.Equal(["{}", null], first.Select(found => found.Report));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Each_filter_leaves_only_its_own(string kind)
    {
        await using var database = await Create(kind, server);
        await Live(database, "wf_ada", subject: "ada", tenant: "acme", definition: "intake", phase: "active", tools: " lookup_order refund ");
        await Live(database, "wf_ada2", subject: "ada", tenant: "globex", definition: "intake", phase: "ending");
        await Live(database, "wf_bob", subject: "bob", tenant: null, definition: "other", phase: "ready", tools: " lookup_orders ");
        await Ended(database, "wf_old", subject: "ada", tenant: "acme", definition: "other");

        async Task<string> Find(WorkflowMatch match) =>
            string.Join(' ', (await database.Search.Find(match, 9, null, Cancellation)).Select(found => found.Id).Order(StringComparer.Ordinal));

        Assert.Equal("wf_ada wf_ada2 wf_bob", await Find(new("live")));
        Assert.Equal("wf_old", await Find(new("ended")));
        Assert.Equal("wf_ada", await Find(new("active")));
        Assert.Equal("wf_ada2", await Find(new("ending")));
        Assert.Equal("wf_ada wf_ada2 wf_old", await Find(new(Subject: "ada")));
        Assert.Equal("wf_ada wf_old", await Find(new(Subject: "ada", Tenant: "acme")));
        Assert.Equal("wf_ada2", await Find(new(Tenant: "globex")));
        Assert.Equal("wf_bob wf_old", await Find(new(Definition: "other")));
        // Its name begins another tool's.
        Assert.Equal("wf_ada", await Find(new("live", Tool: "lookup_order")));
        Assert.Equal("", await Find(new(Subject: "ADA")));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_slot_forgets_at_the_end_whose_it_was(string kind)
    {
        await using var database = await Create(kind, server);
        await Live(database, "wf_ada", subject: "ada", tenant: "acme");

        await Ended(database, "wf_ada", subject: "ada", tenant: "acme");

        Assert.Equal(1, await database.Scalar<long>("SELECT count(*) FROM slot WHERE subject IS NULL AND tenant IS NULL"));
        Assert.Equal(["wf_ada"], (await database.Search.Find(new(Subject: "ada"), 9, null, Cancellation)).Select(found => found.Id));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task No_list_scans_a_table(string kind)
    {
        await using var database = await Create(kind, server);
        foreach (var statement in Many(database).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await database.Execute(statement);
        }

        (string, object?)[] page =
        [
            ("phase", "active"), ("subject", "user 7"), ("tenant", "tenant 7"), ("definition", "definition 7"), ("tool", "lookup_order"),
            ("after_at", 3_000L), ("after_id", "wf_5"), ("after_seq", 1), ("id", "wf_77"), ("limit", 5),
        ];
        WorkflowMatch[] lists =
        [
            new(), new("live"), new("active"), new("ended"), new(Subject: "user 7"), new("live", Subject: "user 7", Tenant: "tenant 7"),
            new("ended", Tenant: "tenant 7"), new("ended", Definition: "definition 7"),
        ];
        foreach (var sql in lists.Select(WorkflowSearch.Query).Append(AuditTrails.Query(new(null, null, null, null))).Append(AuditTrails.Query(new("wf_77", null, null, null)))
                     .Append(AuditTrails.Query(new(null, "user 7", null, null))))
        {
            var plan = await database.Plan(sql, page);
            Assert.Contains("ndex", plan, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"SCAN (slot|final_report|audit_event|audit_trail|e|t|orleansstorage)\b(?! USING)", plan);
        }
    }

    private static async Task Live(
        TestDatabase database, string id, int minute = 0, string? subject = "ada", string? tenant = "acme", string definition = "intake", string phase = "ready",
        string? tools = null)
    {
        await database.SaveWorkflow(id, $$"""{"phase":"{{phase}}"}""");
        var reserved = await database.Slots.Reserve(
            new(id, $"user/{id}", "tenant/1", definition, 9, 99, 99, null, null, Noon.AddMinutes(minute)) { Subject = subject, Tenant = tenant, Tools = tools }, Cancellation);
        Assert.IsType<Reservation.Admitted>(reserved);
    }

    private static Task Ended(
        TestDatabase database, string id, int minute = 0, string? subject = "ada", string? tenant = "acme", string definition = "intake") => database.History.Deliver(
        new(id, "user/1", "tenant/1", definition, "completed", Noon.AddMinutes(minute), Noon.AddMinutes(minute + 9), "{}", [new(0, Noon, "started", "")])
        {
            Subject = subject,
            Tenant = tenant,
        },
        Cancellation);

    /// <summary>Five thousand live workflows and as many that have ended, of a hundred users.</summary>
    private static string Many(TestDatabase database)
    {
        var isSqlite = database.Dialect is SqliteDialect;
        var numbers = isSqlite ? "(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000) SELECT n FROM numbers)" : "generate_series(1, 5000)";
        var payload = isSqlite
            ? ("CAST('{\"phase\":\"active\"}' AS BLOB), 0", "payloadbinary, modifiedon")
            : ("convert_to('{\"phase\":\"active\"}', 'UTF8'), now()", "payloadbinary, modifiedon");
        return $"""
            INSERT INTO orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, version, {payload.Item2})
            SELECT 0, 0, 0, 0, 'workflow', 'wf_' || n, 'test', 1, {payload.Item1} FROM {numbers} AS numbers (n);
            INSERT INTO slot (workflow_id, user_key, tenant_key, definition, reserved_at, subject, tenant)
            SELECT 'wf_' || n, 'user/' || n % 100, 't', 'definition ' || n % 50, n, 'user ' || n % 100, 'tenant ' || n % 20 FROM {numbers} AS numbers (n);
            INSERT INTO final_report (workflow_id, owner_key, tenant_key, definition, end_reason, created_at, ended_at, report, subject, tenant)
            SELECT 'wf_e' || n, 'u', 't', 'definition ' || n % 50, 'idle', n, n, '', 'user ' || n % 100, 'tenant ' || n % 20 FROM {numbers} AS numbers (n);
            INSERT INTO audit_trail (workflow_id, at, subject, tenant, definition, events, hash)
            SELECT 'wf_e' || n, n, 'user ' || n % 100, 'tenant ' || n % 20, 'definition ' || n % 50, 2, '' FROM {numbers} AS numbers (n);
            INSERT INTO audit_event (workflow_id, seq, at, kind, detail) SELECT 'wf_e' || n, 0, n, 'started', '' FROM {numbers} AS numbers (n);
            INSERT INTO audit_event (workflow_id, seq, at, kind, detail) SELECT 'wf_e' || n, 1, n, 'ended', '' FROM {numbers} AS numbers (n);
            ANALYZE;
            """.Replace(" AS numbers (n)", isSqlite ? "" : " AS numbers (n)", StringComparison.Ordinal);
    }
}
