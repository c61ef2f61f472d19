using Npgsql;
using SessionGrains.Grains.Storage;
using SessionGrains.Testing;
using Xunit;
using static SessionGrains.Grains.Tests.Storage.TestDatabase;

namespace SessionGrains.Grains.Tests.Storage;

/// <summary>What happened can be read, and cannot be changed without being noticed.</summary>
public sealed class AuditTrailTests(TestPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task Events_are_found_newest_trail_first_page_by_page_and_by_filter(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Trails.File(Trail("wf_1", minute: 1, "ada", "acme"), Cancellation);
        await database.Trails.File(Trail("wf_2", minute: 2, "bob", "globex"), Cancellation);
        await database.Trails.File(Trail("op_3", minute: 2, "olga", null), Cancellation);

        async Task<string> Find(AuditFilter filter, int limit = 99, FiledEvent? after = null) => string.Join(
            ' ', (await database.Trails.Find(filter, limit, after, Cancellation)).Select(found => $"{found.Id}.{found.Event.Seq}"));

        Assert.Equal("wf_2.2 wf_2.1 wf_2.0 op_3.2 op_3.1 op_3.0 wf_1.2 wf_1.1 wf_1.0", await Find(new(null, null, null, null)));
        var first = await database.Trails.Find(new(null, null, null, null), 2, null, Cancellation);
        Assert.Equal("wf_2.0 op_3.2", await Find(new(null, null, null, null), 2, first[^1]));
        Assert.Equal("wf_1.2 wf_1.1 wf_1.0", await Find(new("wf_1", null, null, null)));
        Assert.Equal("wf_1.2 wf_1.1 wf_1.0", await Find(new(null, "ada", null, null)));
        Assert.Equal("wf_2.2 wf_2.1 wf_2.0", await Find(new(null, null, "globex", null)));
        Assert.Equal("", await Find(new(null, null, null, "other")));
    }

    [Theory, InlineData("PostgreSql"), InlineData("Sqlite")]
    public async Task A_trail_that_stands_is_not_touched(string kind)
    {
        await using var database = await Create(kind, server);
        await database.Trails.File(Trail("wf_1"), Cancellation);

        await database.Trails.File(Trail("wf_1") with { Subject = "eve", Events = [new(0, Noon, "other", ""), new(9, Noon, "more", "")] }, Cancellation);

        Assert.Equal(3, (await database.Trails.Find(new("wf_1", "ada", null, null), 9, null, Cancellation)).Count);
        Assert.Equal([null], await Faults(database));
    }

    [Fact]
    public async Task What_is_pruned_while_it_is_checked_is_no_fault()
    {
        await using var database = await Create("PostgreSql", server);
        await database.Trails.File(Trail("wf_0"), Cancellation);
        await database.Trails.File(Trail("wf_1"), Cancellation);

        await foreach (var (id, _, fault) in AuditVerification.Check(database.Source, Cancellation))
        {
            Assert.True(fault is null, $"{id}: {fault}");
            await database.Execute("DELETE FROM audit_event; DELETE FROM audit_trail");
        }
    }

    public static TheoryData<string> Tampering =>
    [
        "UPDATE audit_event SET detail = 'other' WHERE workflow_id = 'wf_1' AND seq = 1",
        "UPDATE audit_event SET kind = 'other' WHERE workflow_id = 'wf_1' AND seq = 0",
        "UPDATE audit_event SET at = at + 1 WHERE workflow_id = 'wf_1' AND seq = 2",
        "UPDATE audit_event SET seq = 3 WHERE workflow_id = 'wf_1' AND seq = 2",
        "UPDATE audit_event SET hash = '' WHERE workflow_id = 'wf_1' AND seq = 2",
        "DELETE FROM audit_event WHERE workflow_id = 'wf_1' AND seq = 0",
        "DELETE FROM audit_event WHERE workflow_id = 'wf_1' AND seq = 1",
        "DELETE FROM audit_event WHERE workflow_id = 'wf_1' AND seq = 2",
        "DELETE FROM audit_event WHERE workflow_id = 'wf_1'",
        "INSERT INTO audit_event (workflow_id, seq, at, kind, detail, hash) SELECT workflow_id, 3, at, kind, detail, hash FROM audit_event WHERE workflow_id = 'wf_1' AND seq = 2",
        "UPDATE audit_trail SET subject = 'eve' WHERE workflow_id = 'wf_1'",
        "UPDATE audit_trail SET events = 2, hash = (SELECT hash FROM audit_event WHERE workflow_id = 'wf_1' AND seq = 1) WHERE workflow_id = 'wf_1'",
    ];

    [Theory, MemberData(nameof(Tampering))]
    public async Task Whatever_is_changed_added_or_removed_is_noticed(string tampering)
    {
        foreach (var kind in new[] { "PostgreSql", "Sqlite" })
        {
            await using var database = await Create(kind, server);
            await database.Trails.File(Trail("wf_0"), Cancellation);
            await database.Trails.File(Trail("wf_1"), Cancellation);
            Assert.Equal([null, null], await Faults(database));

            Assert.NotEqual(0, await database.Execute(tampering));

            var faults = await Faults(database);
            Assert.Null(faults[0]);
            Assert.NotNull(faults[1]);
        }
    }

    [Fact]
    public async Task A_workflow_that_lost_its_whole_trail_is_noticed_and_the_command_says_so()
    {
        await using var database = await Create("PostgreSql", server);
        await database.History.Deliver(Report("wf_1", Noon), Cancellation);
        Assert.Equal((true, "1 trails with 1 events, 0 faults"), await Verify(database.Location));

        await database.Execute("DELETE FROM audit_event");
        await database.Execute("DELETE FROM audit_trail");

        var (isWhole, said) = await Verify(database.Location);
        Assert.False(isWhole);
        Assert.Contains("wf_1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silos_role_can_add_to_the_trail_and_prune_what_is_old_but_change_and_delete_nothing()
    {
        await using var owner = await Create("PostgreSql", server);
        var name = $"silo_{Guid.NewGuid():N}";
        // The statements of the operations guide.
        await owner.Execute($"""
            CREATE ROLE {name} LOGIN PASSWORD 'p';
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};
            REVOKE UPDATE, DELETE ON audit_event, audit_trail, final_report FROM {name};
            REVOKE INSERT, UPDATE, DELETE ON audit_retention FROM {name};
            REVOKE UPDATE, DELETE ON webhook_delivery FROM {name};
            GRANT UPDATE (status, attempts, due_at, leased_until, settled_at, answer, error) ON webhook_delivery TO {name};
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name};
            """);
        await using var silo = PostgreSql(new NpgsqlConnectionStringBuilder(owner.Location) { Username = name, Password = "p" }.ConnectionString);
        await silo.Slots.Reserve(new("wf_1", "user/ada", "acme", "voice-intake", 1, 50, 10, null, null, Noon), Cancellation);
        await silo.History.Deliver(Report("wf_1", Noon), Cancellation);
        await silo.History.Deliver(Report("wf_2", TimeProvider.System.GetUtcNow()), Cancellation);

        foreach (var crime in new[]
                 {
                     "UPDATE audit_event SET detail = 'x'", "DELETE FROM audit_event", "UPDATE audit_trail SET hash = 'x'", "DELETE FROM audit_trail",
                     "UPDATE webhook_delivery SET body = 'x'", "UPDATE webhook_delivery SET endpoint = 'x'", "DELETE FROM webhook_delivery",
                     "TRUNCATE audit_event", "DELETE FROM final_report", "UPDATE audit_retention SET at_least_ms = 0", "DROP TABLE audit_event",
                 })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => silo.Execute(crime));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        // And it delivers webhooks.
        await silo.Webhooks.Add("wf_1", [new("msg_1", "billing", "workflow.ended", Noon, "{}"), new("msg_2", "billing", "workflow.ended", Noon, "{}")], Noon, Cancellation);
        var first = Assert.Single(await silo.Webhooks.Take("billing", 9, Noon, Noon.AddMinutes(1), Cancellation));
        await silo.Webhooks.Failed("billing", first, new(503, "status 503"), Noon.AddMinutes(1), Cancellation);
        await silo.Webhooks.Arrived(first, 200, Noon.AddMinutes(1), Cancellation);
        await silo.Webhooks.GiveUp((await silo.Webhooks.Take("billing", 9, Noon.AddMinutes(1), Noon.AddMinutes(2), Cancellation)).Single(), new(410, "status 410"), Noon, Cancellation);
        await silo.WebhookSearch.Redeliver((await silo.WebhookSearch.Find("msg_1", Cancellation))!, Noon, Cancellation);

        // However much a silo wants to forget, the last day stays, also where it makes up a retention of its own.
        Assert.Equal(1, await silo.History.PrunePiece(TimeProvider.System.GetUtcNow().AddYears(1), Cancellation));
        Assert.Null(await silo.History.Find("wf_1", Cancellation));
        await using (var connection = await silo.Source.OpenConnectionAsync(Cancellation))
        {
            await connection.Execute(null, "CREATE TEMP TABLE audit_retention AS SELECT -1000000000000 AS at_least_ms", [], Cancellation);
            await connection.Execute(null, "GRANT SELECT ON audit_retention TO PUBLIC", [], Cancellation);
            await connection.Query(null, $"SELECT prune_history({TimeProvider.System.GetUtcNow().AddYears(1).ToUnixTimeMilliseconds()})", [], row => row.GetInt32(0), Cancellation);
        }

        Assert.Equal((true, "1 trails with 1 events, 0 faults"), await Verify(silo.Location));
        await owner.Execute($"DROP OWNED BY {name}; DROP ROLE {name};");
    }

    private static AuditTrail Trail(string id, int minute = 0, string? subject = "ada", string? tenant = "acme") => new(
        id, Noon.AddMinutes(minute), subject, tenant, "intake", [new(0, Noon, "started", ""), new(1, Noon, "guard", "naïve ✓"), new(2, Noon, "ended", "by ada")]);

    private static FinalReport Report(string id, DateTimeOffset ended) =>
        new(id, "user/ada", "acme", "intake", "idle", ended, ended, "{}", [new(0, ended, "started", "")]) { Subject = "ada" };

    private static async Task<List<string?>> Faults(TestDatabase database)
    {
        var faults = new List<string?>();
        await foreach (var found in AuditVerification.Check(database.Source, Cancellation))
        {
            faults.Add(found.Fault);
        }

        return faults;
    }

    private static async Task<(bool IsWhole, string Said)> Verify(string connectionString)
    {
        await using var said = new StringWriter();
        var isWhole = await AuditVerification.Run(connectionString, said, Cancellation);
        return (isWhole, said.ToString().TrimEnd());
    }
}
