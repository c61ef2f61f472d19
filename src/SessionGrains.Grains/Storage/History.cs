using System.Data.Common;
using System.Text.Json;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Storage;

/// <summary>The final reports and audit trails of ended workflows.</summary>
internal sealed class History(DbDataSource database, StorageDialect dialect)
{
    /// <summary>Files the report with its events and those of its tool calls, erases the calls' rows, and gives the slot back, all or nothing. A repeat changes nothing.</summary>
    public async Task Deliver(FinalReport report, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Execute(
            transaction,
            """
            INSERT INTO final_report (workflow_id, owner_key, tenant_key, definition, end_reason, created_at, ended_at, report)
            VALUES (@workflow_id, @owner, @tenant, @definition, @end_reason, @created_at, @ended_at, @report)
            ON CONFLICT (workflow_id) DO NOTHING
            """,
            [
                ("workflow_id", report.WorkflowId),
                ("owner", report.OwnerKey),
                ("tenant", report.TenantKey),
                ("definition", report.Definition),
                ("end_reason", report.EndReason),
                ("created_at", report.CreatedAt.ToUnixTimeMilliseconds()),
                ("ended_at", report.EndedAt.ToUnixTimeMilliseconds()),
                ("report", report.Report),
            ],
            cancellationToken);
        var calls = await ToolCallRows.Of(connection, transaction, report.WorkflowId, cancellationToken);
        var ofCalls = ToolCallAudit.Of(calls, report.EndedAt, after: report.Events.Select(e => e.Seq).DefaultIfEmpty(-1).Max());
        await connection.Execute(
            transaction,
            dialect.AddAuditEvents,
            [("workflow_id", report.WorkflowId), ("events", Rows([.. report.Events, .. ofCalls]))],
            cancellationToken);
        await ToolCallRows.Erase(connection, transaction, report.WorkflowId, cancellationToken);
        await connection.Execute(
            transaction,
            """
            UPDATE slot SET released_at = @ended_at, key_hash = CASE WHEN @frees_key = 1 THEN NULL ELSE key_hash END
            WHERE workflow_id = @workflow_id AND released_at IS NULL
            """,
            [
                ("workflow_id", report.WorkflowId),
                ("ended_at", report.EndedAt.ToUnixTimeMilliseconds()),
                ("frees_key", report.FreesItsKey ? 1 : 0),
            ],
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The report of a workflow with its events in order, if it was delivered and not yet pruned.</summary>
    public async Task<FinalReport?> Find(string workflowId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var events = await connection.Query(
            null,
            "SELECT seq, at, kind, detail FROM audit_event WHERE workflow_id = @workflow_id ORDER BY seq",
            [("workflow_id", workflowId)],
            row => new AuditEvent(row.GetInt32(0), Time(row, 1), row.GetString(2), row.GetString(3)),
            cancellationToken);
        var reports = await connection.Query(
            null,
            """
            SELECT owner_key, tenant_key, definition, end_reason, created_at, ended_at, report
            FROM final_report WHERE workflow_id = @workflow_id
            """,
            [("workflow_id", workflowId)],
            row => new FinalReport(
                workflowId, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), Time(row, 4), Time(row, 5), row.GetString(6), events),
            cancellationToken);
        return reports.SingleOrDefault();
    }

    /// <summary>Deletes the reports of workflows that ended before the given time, and their events; answers how many reports.</summary>
    public async Task<int> Prune(DateTimeOffset before, CancellationToken cancellationToken)
    {
        (string, object?)[] values = [("before", before.ToUnixTimeMilliseconds())];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Execute(
            transaction,
            "DELETE FROM audit_event WHERE workflow_id IN (SELECT workflow_id FROM final_report WHERE ended_at < @before)",
            values,
            cancellationToken);
        var pruned = await connection.Execute(transaction, "DELETE FROM final_report WHERE ended_at < @before", values, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return pruned;
    }

    private static string Rows(IEnumerable<AuditEvent> events) =>
        JsonSerializer.Serialize(events.Select(e => new { seq = e.Seq, at = e.At.ToUnixTimeMilliseconds(), kind = e.Kind, detail = e.Detail }));

    private static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
