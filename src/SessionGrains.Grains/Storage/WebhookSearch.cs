using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>Which deliveries are asked for; what is null is not asked about.</summary>
internal sealed record WebhookFilter(string? Status, string? Endpoint, string? Workflow);

/// <summary>A delivery as operators see it, without its words. Its number is the place after which the next page begins.</summary>
internal sealed record LoggedDelivery(
    long Number,
    string Id,
    string Endpoint,
    string WorkflowId,
    string Type,
    DateTimeOffset At,
    string Status,
    int Attempts,
    DateTimeOffset DueAt,
    DateTimeOffset? SettledAt,
    int? Answer,
    string? Error);

/// <summary>The log of all deliveries, and the one thing that operators may do with it.</summary>
internal sealed class WebhookSearch(DbDataSource database)
{
    private const string Columns = "number, id, endpoint, workflow_id, type, at, status, attempts, due_at, settled_at, answer, error";

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<LoggedDelivery>> Find(WebhookFilter filter, int limit, long? after, CancellationToken cancellationToken) => database.Query(
        Query(filter),
        [
            ("status", filter.Status),
            ("endpoint", filter.Endpoint),
            ("workflow", filter.Workflow),
            ("after", after ?? long.MaxValue),
            ("limit", limit),
        ],
        Read,
        cancellationToken);

    public async Task<LoggedDelivery?> Find(string id, CancellationToken cancellationToken)
    {
        var found = await database.Query($"SELECT {Columns} FROM webhook_delivery WHERE id = @id", [("id", id)], Read, cancellationToken);
        return found.SingleOrDefault();
    }

    /// <summary>It is delivered again from now on, with all of its attempts before it, and in its place: what waits for it, and what it waits for, is due too.</summary>
    public async Task Redeliver(LoggedDelivery delivery, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Execute(
            transaction,
            "UPDATE webhook_delivery SET status = 'pending', attempts = 0, due_at = @now, settled_at = NULL, answer = NULL, error = NULL WHERE id = @id",
            [("id", delivery.Id), ("now", now.ToUnixTimeMilliseconds())],
            cancellationToken);
        await connection.Execute(
            transaction,
            "UPDATE webhook_delivery SET due_at = @now WHERE workflow_id = @workflow AND endpoint = @endpoint AND status = 'pending' AND due_at > @now",
            [("now", now.ToUnixTimeMilliseconds()), ("workflow", delivery.WorkflowId), ("endpoint", delivery.Endpoint)],
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The statement for a filter: what is not asked about is not in it, so that the right index is found.</summary>
    private static string Query(WebhookFilter filter)
    {
        var asked = string.Concat(
            filter.Status is null ? "" : " AND status = @status",
            filter.Endpoint is null ? "" : " AND endpoint = @endpoint",
            filter.Workflow is null ? "" : " AND workflow_id = @workflow");
        return $"SELECT {Columns} FROM webhook_delivery WHERE number < @after{asked} ORDER BY number DESC LIMIT @limit";
    }

    private static LoggedDelivery Read(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        AuditTrails.Time(row, 5),
        row.GetString(6),
        row.GetInt32(7),
        AuditTrails.Time(row, 8),
        row.IsDBNull(9) ? null : AuditTrails.Time(row, 9),
        row.IsDBNull(10) ? null : row.GetInt32(10),
        AuditTrails.Text(row, 11));
}
