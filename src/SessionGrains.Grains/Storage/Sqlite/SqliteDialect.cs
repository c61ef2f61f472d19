using System.Data.Common;
using DbUp;

namespace SessionGrains.Grains.Storage.Sqlite;

/// <summary>SQLite: the embedded store of a host that runs alone.</summary>
internal sealed class SqliteDialect(FileInfo file, DbDataSource database) : StorageDialect
{
    public override string UniqueStorageIndexes => """SELECT name FROM pragma_index_list('orleansstorage') WHERE "unique" = 1""";

    public override string AddAuditEvents =>
        """
        INSERT INTO audit_event (workflow_id, seq, at, kind, detail, hash)
        SELECT @workflow_id, e.value ->> 'seq', e.value ->> 'at', e.value ->> 'kind', e.value ->> 'detail', e.value ->> 'hash'
        FROM json_each(@events) AS e
        WHERE EXISTS (SELECT 1 FROM audit_trail WHERE workflow_id = @workflow_id AND hash = @hash)
        ON CONFLICT (workflow_id, seq) DO NOTHING
        """;

    public override string AddWebhooks =>
        """
        INSERT INTO webhook_delivery (id, endpoint, workflow_id, type, at, body, due_at)
        SELECT r.value ->> 'id', r.value ->> 'endpoint', @workflow_id, r.value ->> 'type', r.value ->> 'at', r.value ->> 'body',
            coalesce((
                SELECT max(d.due_at) FROM webhook_delivery d
                WHERE d.workflow_id = @workflow_id AND d.endpoint = r.value ->> 'endpoint' AND d.status = 'pending'), @now)
        FROM json_each(@rows) AS r
        WHERE NOT EXISTS (
            SELECT 1 FROM webhook_delivery d
            WHERE d.workflow_id = @workflow_id AND d.endpoint = r.value ->> 'endpoint' AND d.type = 'workflow.ended')
        ORDER BY r.key
        ON CONFLICT (id) DO NOTHING
        """;

    // The one writer at a time takes what it reads.
    public override string SkipTaken => "";

    public override async Task Migrate(CancellationToken cancellationToken)
    {
        file.Directory?.Create();
        // Readers and the one writer do not block each other; the mode stays with the file.
        await database.Query("PRAGMA journal_mode = WAL", [], row => row.GetString(0), cancellationToken);
        MigrationScripts.Apply(DeployChanges.To.SqliteDatabase(database.ConnectionString).WithTransaction(), "Sqlite");
    }

    // The one writer at a time is this transaction.
    public override Task WaitForStarts(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public override async Task<int> Prune(DbConnection connection, DbTransaction transaction, long before, CancellationToken cancellationToken)
    {
        (string, object?)[] values = [("before", before)];
        await connection.Execute(
            transaction,
            """
            DELETE FROM webhook_delivery
            WHERE (status <> 'pending' AND settled_at < @before) OR (status = 'pending' AND due_at < @before - 604800000)
            """,
            values,
            cancellationToken);
        await connection.Execute(
            transaction,
            """
            DELETE FROM audit_event WHERE workflow_id IN (SELECT workflow_id FROM audit_trail WHERE at < @before)
                OR workflow_id IN (SELECT workflow_id FROM final_report WHERE ended_at < @before)
            """,
            values,
            cancellationToken);
        await connection.Execute(transaction, "DELETE FROM audit_trail WHERE at < @before", values, cancellationToken);
        return await connection.Execute(transaction, "DELETE FROM final_report WHERE ended_at < @before", values, cancellationToken);
    }

    public override async Task<Reservation> Reserve(DbDataSource database, SlotRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Microsoft.Data.Sqlite begins immediate transactions: the only writer from here to the commit.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var counting = new SlotCounting(connection, transaction, request);
        if (await counting.IsHeld(cancellationToken))
        {
            return new Reservation.Admitted();
        }

        if (await counting.Refusal(cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await counting.Take(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Reservation.Admitted();
    }
}
