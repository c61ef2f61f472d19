using System.Data.Common;
using System.Text.Json;
using SessionGrains.Grains.Audit;

namespace SessionGrains.Grains.Storage;

/// <summary>Which audit events are asked for; what is null is not asked about.</summary>
internal sealed record AuditFilter(string? Workflow, string? Subject, string? Tenant, string? Definition);

/// <summary>An event of the audit trail, with whose it is. It is also the place after which the next page begins.</summary>
internal sealed record FiledEvent(
    string Id, DateTimeOffset TrailAt, string? Subject, string? Tenant, string? Definition, AuditEvent Event, string Hash);

/// <summary>The audit trails. They are only ever added to and read; <see cref="History.Prune"/> deletes what is old.</summary>
internal sealed class AuditTrails(DbDataSource database, StorageDialect dialect, AuditRedaction redaction)
{
    /// <summary>Files a trail of its own, outside of any workflow's end.</summary>
    public async Task File(AuditTrail trail, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (statements, values) = Filing(dialect, redaction.Apply(trail));
        await connection.Execute(transaction, statements, values, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>What files a trail, as redacted as it should be, within a transaction; more statements may follow. One that stands is not touched.</summary>
    internal static (string Statements, (string Name, object? Value)[] Values) Filing(StorageDialect dialect, AuditTrail trail)
    {
        var hashes = AuditChain.Hashes(trail);
        return (
            $"""
            INSERT INTO audit_trail (workflow_id, at, subject, tenant, definition, events, hash)
            VALUES (@workflow_id, @at, @subject, @tenant, @definition, @count, @hash)
            ON CONFLICT (workflow_id) DO NOTHING;
            {dialect.AddAuditEvents};

            """,
            [
                ("workflow_id", trail.Id),
                ("at", trail.At.ToUnixTimeMilliseconds()),
                ("subject", trail.Subject),
                ("tenant", trail.Tenant),
                ("definition", trail.Definition),
                ("count", trail.Events.Count),
                ("hash", hashes.LastOrDefault("")),
                ("events", Rows(trail.Events, hashes)),
            ]);
    }

    /// <summary>The newest trails' events first, those of one trail last to first.</summary>
    public Task<IReadOnlyList<FiledEvent>> Find(AuditFilter filter, int limit, FiledEvent? after, CancellationToken cancellationToken)
    {
        var filed = redaction.Apply(filter);
        return database.Query(
            Query(filed),
            [
                ("id", filed.Workflow),
                ("subject", filed.Subject),
                ("tenant", filed.Tenant),
                ("definition", filed.Definition),
                ("after_at", after?.TrailAt.ToUnixTimeMilliseconds() ?? long.MaxValue),
                ("after_id", after?.Id ?? ""),
                ("after_seq", after?.Event.Seq ?? int.MaxValue),
                ("limit", limit),
            ],
            Read,
            cancellationToken);
    }

    /// <summary>The statement for a filter: what is not asked about is not in it, so that the right index is found.</summary>
    /// <remarks>Each trail gives at least one event, but for the one that the page before may have finished: no more trails are looked at than that takes.</remarks>
    internal static string Query(AuditFilter filter)
    {
        var asked = string.Concat(
            filter.Workflow is null ? "" : " AND t.workflow_id = @id",
            filter.Subject is null ? "" : " AND t.subject = @subject",
            filter.Tenant is null ? "" : " AND t.tenant = @tenant",
            filter.Definition is null ? "" : " AND t.definition = @definition");
        return $"""
            SELECT page.workflow_id, page.at, page.subject, page.tenant, page.definition, e.seq, e.at, e.kind, e.detail, e.hash
            FROM (
                SELECT * FROM audit_trail t WHERE (t.at, t.workflow_id) <= (@after_at, @after_id) AND t.events > 0{asked}
                ORDER BY t.at DESC, t.workflow_id DESC LIMIT @limit + 1) AS page
            JOIN audit_event e ON e.workflow_id = page.workflow_id
            WHERE NOT (page.at = @after_at AND page.workflow_id = @after_id AND e.seq >= @after_seq)
            ORDER BY page.at DESC, page.workflow_id DESC, e.seq DESC LIMIT @limit
            """;
    }

    private static string Rows(IReadOnlyList<AuditEvent> events, IReadOnlyList<string> hashes) => JsonSerializer.Serialize(
        events.Zip(hashes, (e, hash) => new { seq = e.Seq, at = e.At.ToUnixTimeMilliseconds(), kind = e.Kind, detail = e.Detail, hash }));

    private static FiledEvent Read(DbDataReader row) => new(
        row.GetString(0),
        Time(row, 1),
        Text(row, 2),
        Text(row, 3),
        Text(row, 4),
        new(row.GetInt32(5), Time(row, 6), row.GetString(7), row.GetString(8)),
        row.GetString(9));

    internal static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    internal static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
