using System.Data.Common;
using System.Text.Json;

namespace SessionGrains.Grains.Storage;

/// <summary>One event for one endpoint, as it is sent.</summary>
internal sealed record WebhookRow(string Id, string Endpoint, string Type, DateTimeOffset At, string Body);

/// <summary>A delivery that somebody has taken to attempt it, and until when nobody else may.</summary>
internal sealed record TakenDelivery(string Id, string WorkflowId, string Type, string Body, int Attempt, DateTimeOffset Until);

/// <summary>Why an attempt failed: the status of the answer, or what became of it without one.</summary>
internal sealed record WebhookFault(int? Status, string Kind);

/// <summary>What webhook endpoints are told, and how far each delivery is. Of one workflow and endpoint only the oldest that waits can be taken.</summary>
internal sealed class WebhookDeliveries(DbDataSource database, StorageDialect dialect)
{
    public const string Pending = "pending";
    public const string Delivered = "delivered";
    public const string GivenUp = "given_up";

    /// <summary>Adds rows in their order; those that are there are left as they are.</summary>
    public async Task Add(string workflowId, IReadOnlyList<WebhookRow> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await Add(connection, null, dialect, workflowId, rows, now, cancellationToken);
    }

    /// <inheritdoc cref="Add(string, IReadOnlyList{WebhookRow}, DateTimeOffset, CancellationToken)"/>
    public static Task Add(
        DbConnection connection,
        DbTransaction? transaction,
        StorageDialect dialect,
        string workflowId,
        IReadOnlyList<WebhookRow> rows,
        DateTimeOffset now,
        CancellationToken cancellationToken) => connection.Execute(
            transaction,
            dialect.AddWebhooks,
            [
                ("workflow_id", workflowId),
                ("rows", JsonSerializer.Serialize(
                    rows.Select(row => new { id = row.Id, endpoint = row.Endpoint, type = row.Type, at = row.At.ToUnixTimeMilliseconds(), body = row.Body }))),
                ("now", now.ToUnixTimeMilliseconds()),
            ],
            cancellationToken);

    /// <summary>Takes deliveries that are due. What is not recorded by then is due again: whoever took it may have died.</summary>
    public Task<IReadOnlyList<TakenDelivery>> Take(
        string endpoint, int limit, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) => database.Query(
            $"""
            WITH due AS MATERIALIZED (
                SELECT d.number FROM webhook_delivery d
                WHERE d.endpoint = @endpoint AND d.status = 'pending' AND d.due_at <= @now AND coalesce(d.leased_until, 0) <= @now
                    AND NOT EXISTS (
                        SELECT 1 FROM webhook_delivery earlier
                        WHERE earlier.workflow_id = d.workflow_id AND earlier.endpoint = d.endpoint AND earlier.status = 'pending' AND earlier.number < d.number)
                ORDER BY d.due_at, d.number LIMIT @limit {dialect.SkipTaken})
            UPDATE webhook_delivery SET attempts = attempts + 1, leased_until = @until WHERE number IN (SELECT number FROM due)
            RETURNING id, workflow_id, type, body, attempts
            """,
            [("endpoint", endpoint), ("limit", limit), ("now", now.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds())],
            row => new TakenDelivery(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), until),
            cancellationToken);

    /// <summary>It has arrived, whoever else has taken it meanwhile.</summary>
    public Task Arrived(TakenDelivery delivery, int answer, DateTimeOffset now, CancellationToken cancellationToken) => database.Execute(
        """
        UPDATE webhook_delivery SET status = 'delivered', settled_at = @now, leased_until = NULL, answer = @answer, error = NULL
        WHERE id = @id AND status <> 'delivered'
        """,
        [("id", delivery.Id), ("now", now.ToUnixTimeMilliseconds()), ("answer", answer)],
        cancellationToken);

    /// <summary>It is tried again then, and what waits behind it is not looked at sooner.</summary>
    public async Task Failed(string endpoint, TakenDelivery delivery, WebhookFault fault, DateTimeOffset again, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var isOurs = await Record(connection, transaction, delivery, "due_at = @at", fault, again, cancellationToken);
        if (isOurs)
        {
            await connection.Execute(
                transaction,
                "UPDATE webhook_delivery SET due_at = @at WHERE workflow_id = @workflow AND endpoint = @endpoint AND status = 'pending' AND due_at < @at",
                [("at", again.ToUnixTimeMilliseconds()), ("workflow", delivery.WorkflowId), ("endpoint", endpoint)],
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>It is not tried again; what waits behind it goes on.</summary>
    public async Task GiveUp(TakenDelivery delivery, WebhookFault fault, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await Record(connection, null, delivery, "status = 'given_up', settled_at = @at", fault, now, cancellationToken);
    }

    /// <summary>When what is undelivered longest happened; null when nothing waits.</summary>
    public async Task<DateTimeOffset?> Oldest(string endpoint, CancellationToken cancellationToken)
    {
        var oldest = await database.Query(
            "SELECT at FROM webhook_delivery WHERE status = 'pending' AND endpoint = @endpoint ORDER BY number LIMIT 1",
            [("endpoint", endpoint)],
            row => row.GetInt64(0),
            cancellationToken);
        return oldest is [var at] ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }

    // An attempt that was overtaken, because it took too long, has nothing to say any more.
    private static async Task<bool> Record(
        DbConnection connection,
        DbTransaction? transaction,
        TakenDelivery delivery,
        string change,
        WebhookFault fault,
        DateTimeOffset at,
        CancellationToken cancellationToken) => await connection.Execute(
            transaction,
            $"UPDATE webhook_delivery SET {change}, leased_until = NULL, answer = nullif(@answer, 0), error = @error WHERE id = @id AND status = 'pending' AND attempts = @attempt",
            [
                ("id", delivery.Id),
                ("attempt", delivery.Attempt),
                ("at", at.ToUnixTimeMilliseconds()),
                ("answer", fault.Status ?? 0),
                ("error", fault.Kind),
            ],
            cancellationToken) is 1;
}
