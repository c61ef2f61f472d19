using System.Data.Common;
using System.Diagnostics;
using DbUp;
using Npgsql;

namespace SessionGrains.Grains.Storage.PostgreSql;

/// <summary>PostgreSQL: the database of a cluster.</summary>
internal sealed class PostgreSqlDialect(string connectionString) : StorageDialect
{
    // Any number that nobody else locks; the processes that migrate one database take turns on it.
    private const long MigrationLock = 0x5365737347726e73;

    // A crowd that is due in one second waits here in line, not for a hundred server processes to be born and share the cores.
    private const int MostConnections = 25;

    public override IReadOnlyList<string> Safeguards => [.. base.Safeguards, "trigger queried_members"];

    public override string PresentSafeguards =>
        """
        SELECT 'unique index ' || i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = 'orleansstorage'::regclass AND x.indisunique AND x.indisvalid
        UNION ALL
        SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = 'orleansstorage'::regclass AND tgenabled IN ('O', 'A')
        """;

    public override string AddAuditEvents =>
        """
        INSERT INTO audit_event (workflow_id, seq, at, kind, detail, hash)
        SELECT @workflow_id, e.seq, e.at, e.kind, e.detail, e.hash
        FROM json_to_recordset(@events::json) AS e(seq integer, at bigint, kind text, detail text, hash text)
        WHERE EXISTS (SELECT 1 FROM audit_trail WHERE workflow_id = @workflow_id AND hash = @hash)
        ON CONFLICT (workflow_id, seq) DO NOTHING
        """;

    public override string AddWebhooks => "SELECT add_webhooks(@workflow_id, @rows::json, @now)";

    public override string SkipTaken => "FOR UPDATE SKIP LOCKED";

    public override string HoldRows => "FOR UPDATE";

    public override Task WaitForStarts(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken) =>
        connection.Execute(transaction, "SELECT pg_advisory_xact_lock(3, 0)", [], cancellationToken);

    public override async Task<int> Prune(DbConnection connection, DbTransaction transaction, long before, CancellationToken cancellationToken) =>
        (await connection.Query(transaction, "SELECT prune_history(@before)", [("before", before)], row => row.GetInt32(0), cancellationToken)).Single();

    /// <summary>A silo's source of connections for everything that it stores. The operator's <c>Maximum Pool Size</c> counts, where there is one.</summary>
    public static NpgsqlDataSource CreateDataSource(string connectionString) =>
        CreateDataSource(connectionString, "sessiongrains", new NpgsqlConnectionStringBuilder(connectionString).ShouldSerialize("Maximum Pool Size") ? null : MostConnections);

    /// <summary>Connections of its own for the silo's place in the cluster: however many workflows wait for theirs, it must not look dead.</summary>
    public static NpgsqlDataSource CreateMembershipSource(string connectionString) => CreateDataSource(connectionString, "sessiongrains-membership", 4);

    /// <summary>Prepared statements, dead connections noticed, no endless waits, no data in errors.</summary>
    private static NpgsqlDataSource CreateDataSource(string connectionString, string name, int? most)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 30,
            AutoPrepareMinUsages = 2,
            KeepAlive = 10,
            Timeout = 5,
            CommandTimeout = 5,
            IncludeErrorDetail = false,
            ApplicationName = "SessionGrains",
            // Nothing here changes a session: no SET, no lock beyond a transaction. Cleaning up all the same is seven statements each time one is used again.
            NoResetOnClose = true,
        };
        settings.MaxPoolSize = most ?? settings.MaxPoolSize;
        // The name is a metric's label: without it that would be the connection string.
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }
            .ConfigureTracing(traces => traces
                // The sweeper asks every two seconds: a statement belongs to somebody's trace, or to none.
                .ConfigureCommandFilter(_ => Activity.Current is { Recorded: true })
                .ConfigureBatchFilter(_ => Activity.Current is { Recorded: true })
                .EnablePhysicalOpenTracing(false))
            .Build();
    }

    public override async Task Migrate(CancellationToken cancellationToken)
    {
        // A migration may take longer than a command of the silo, and so may waiting for another process to finish it.
        var patient = new NpgsqlConnectionStringBuilder(connectionString)
        {
            CommandTimeout = 0,
            Pooling = false,
            IncludeErrorDetail = false,
            ApplicationName = "SessionGrains migrations",
        };
        await using var turn = new NpgsqlConnection(patient.ConnectionString);
        await turn.OpenAsync(cancellationToken);
        await turn.Execute(null, "SELECT pg_advisory_lock(@lock)", [("lock", MigrationLock)], cancellationToken);
        MigrationScripts.Apply(DeployChanges.To.PostgresqlDatabase(patient.ConnectionString).WithTransaction(), "PostgreSql");
        await turn.Execute(null, "SELECT pg_advisory_unlock(@lock)", [("lock", MigrationLock)], cancellationToken);
    }

    public override async Task<Reservation> Reserve(DbDataSource database, SlotRequest request, CancellationToken cancellationToken)
    {
        var rows = await database.Query(
            """
            SELECT outcome, workflows, retry_after_ms
            FROM reserve_slot(@workflow_id, @user, @tenant, @definition, @live_per_user, @live_per_tenant, @starts_per_minute,
                @key_hash, @body_hash, @now, @subject, @tenant_name, @tools)
            """,
            [
                ("workflow_id", request.WorkflowId),
                ("user", request.UserKey),
                ("tenant", request.TenantKey),
                ("definition", request.Definition),
                ("live_per_user", request.LivePerUser),
                ("live_per_tenant", request.LivePerTenant),
                ("starts_per_minute", request.StartsPerUserPerMinute),
                ("key_hash", request.IdempotencyKeyHash),
                ("body_hash", request.BodyHash),
                ("now", request.Now.ToUnixTimeMilliseconds()),
                ("subject", request.Subject),
                ("tenant_name", request.Tenant),
                ("tools", request.Tools),
            ],
            row => Read(row, request),
            cancellationToken);
        return rows.Single();
    }

    private static Reservation Read(DbDataReader row, SlotRequest request) => row.GetString(0) switch
    {
        "admitted" => new Reservation.Admitted(),
        "replay" => new Reservation.Replay(row.GetFieldValue<string[]>(1).Single()),
        "blocked" => new Reservation.Blocked(),
        "key_reused" => new Reservation.KeyReused(),
        "user_full" => new Reservation.UserFull(row.GetFieldValue<string[]>(1)),
        "tenant_full" => new Reservation.TenantFull(),
        "too_many_starts" => new Reservation.TooManyStarts(TimeSpan.FromMilliseconds(row.GetInt64(2))),
        "released" => throw new InvalidOperationException($"The slot of {request.WorkflowId} was released: its workflow is over."),
        var unknown => throw new UnreachableException($"No reservation is known as {unknown}."),
    };
}
