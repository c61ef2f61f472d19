using System.Data.Common;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.ToolCalls;

namespace SessionGrains.Grains.Storage;

/// <summary>The final reports and audit trails of ended workflows.</summary>
internal sealed class History(DbDataSource database, StorageDialect dialect, AuditRedaction redaction)
{
    /// <summary>As many as the database deletes at once, if it does not delete all.</summary>
    public const int Piece = 1000;

    // What has piled up must not keep the sweeper, which has workflows to wake, until all of it is gone.
    private const int PiecesAtOnce = 5;

    private const string EraseStatement =
        $"""
        {ToolCallRows.EraseQuery};
        UPDATE slot SET released_at = @ended_at, subject = NULL, tenant = NULL, key_hash = CASE WHEN @frees_key = 1 THEN NULL ELSE key_hash END
        WHERE workflow_id = @workflow_id AND released_at IS NULL
        """;

    /// <summary>Files the report with its events and those of its tool calls, and the webhooks that tell of them, erases the calls' rows, and gives the slot back, all or nothing. A repeat changes nothing.</summary>
    public async Task Deliver(FinalReport report, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (isNew, calls) = await Insert(connection, transaction, report, cancellationToken);
        if (isNew && report.Webhooks?.Invoke(calls) is { Count: > 0 } webhooks)
        {
            await WebhookDeliveries.Add(connection, transaction, dialect, report.WorkflowId, webhooks, report.EndedAt, cancellationToken);
        }

        var (file, values) = isNew ? AuditTrails.Filing(dialect, redaction.Apply(TrailOf(report, calls))) : ("", [("workflow_id", report.WorkflowId)]);
        await connection.Execute(transaction, file + EraseStatement, [.. values, .. EraseValues(report)], cancellationToken);
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
            row => new AuditEvent(row.GetInt32(0), AuditTrails.Time(row, 1), row.GetString(2), row.GetString(3)),
            cancellationToken);
        var reports = await connection.Query(
            null,
            """
            SELECT owner_key, tenant_key, definition, end_reason, created_at, ended_at, report
            FROM final_report WHERE workflow_id = @workflow_id
            """,
            [("workflow_id", workflowId)],
            row => new FinalReport(
                workflowId, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), AuditTrails.Time(row, 4), AuditTrails.Time(row, 5), row.GetString(6), events),
            cancellationToken);
        return reports.SingleOrDefault();
    }

    /// <summary>Deletes the reports of workflows that ended before the given time, and their events, a few pieces of them at the most.</summary>
    public async Task Prune(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var pieces = 1; await PrunePiece(before, cancellationToken) >= Piece && pieces < PiecesAtOnce; pieces++)
        {
        }
    }

    /// <summary>Deletes some of them; answers how many, which is less than <see cref="Piece"/> once nothing is left.</summary>
    public async Task<int> PrunePiece(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var pruned = await dialect.Prune(connection, transaction, before.ToUnixTimeMilliseconds(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return pruned;
    }

    private static AuditTrail TrailOf(FinalReport report, IReadOnlyList<ToolCallRow> calls)
    {
        var ofCalls = ToolCallAudit.Of(calls, report.EndedAt, after: report.Events.Select(e => e.Seq).DefaultIfEmpty(-1).Max());
        return new(report.WorkflowId, report.EndedAt, report.Subject, report.Tenant, report.Definition, [.. report.Events, .. ofCalls]);
    }

    private static (string Name, object? Value)[] EraseValues(FinalReport report) =>
    [
        .. ToolCallRows.Range(report.WorkflowId),
        ("ended_at", report.EndedAt.ToUnixTimeMilliseconds()),
        ("frees_key", report.FreesItsKey ? 1 : 0),
    ];

    /// <summary>Whether the report is new, since one that stands is not touched; and the workflow's tool calls, which get no other outcome from here on than the one that is filed.</summary>
    private async Task<(bool IsNew, IReadOnlyList<ToolCallRow> Calls)> Insert(
        DbConnection connection, DbTransaction transaction, FinalReport report, CancellationToken cancellationToken)
    {
        var (inserted, calls) = await connection.ExecuteAndQuery(
            transaction,
            $"""
            INSERT INTO final_report (workflow_id, owner_key, tenant_key, definition, end_reason, created_at, ended_at, report, subject, tenant)
            VALUES (@workflow_id, @owner, @tenant_key, @definition, @end_reason, @created_at, @ended_at, @report, @subject, @tenant)
            ON CONFLICT (workflow_id) DO NOTHING;
            {ToolCallRows.OfQuery} {dialect.HoldRows}
            """,
            [
                ("workflow_id", report.WorkflowId),
                ("owner", report.OwnerKey),
                ("tenant_key", report.TenantKey),
                ("definition", report.Definition),
                ("end_reason", report.EndReason),
                ("created_at", report.CreatedAt.ToUnixTimeMilliseconds()),
                ("ended_at", report.EndedAt.ToUnixTimeMilliseconds()),
                ("report", report.Report),
                ("subject", report.Subject),
                ("tenant", report.Tenant),
                .. ToolCallRows.Range(report.WorkflowId),
            ],
            ToolCallRows.Read,
            cancellationToken);
        return (inserted is 1, calls);
    }
}
