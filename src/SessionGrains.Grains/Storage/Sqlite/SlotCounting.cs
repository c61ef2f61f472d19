using System.Data.Common;

namespace SessionGrains.Grains.Storage.Sqlite;

/// <summary>What PostgreSQL's reserve_slot function does, in the same order, inside SQLite's one write transaction.</summary>
internal sealed class SlotCounting(DbConnection connection, DbTransaction transaction, SlotRequest request)
{
    private readonly (string Name, object? Value)[] values =
    [
        ("workflow_id", request.WorkflowId),
        ("user", request.UserKey),
        ("tenant", request.TenantKey),
        ("definition", request.Definition),
        ("key_hash", request.IdempotencyKeyHash),
        ("body_hash", request.BodyHash),
        ("now", request.Now.ToUnixTimeMilliseconds()),
        ("minute_ago", (request.Now - Slots.Grace).ToUnixTimeMilliseconds()),
        ("day_ago", (request.Now - Slots.KeyLife).ToUnixTimeMilliseconds()),
        ("subject", request.Subject),
        ("tenant_name", request.Tenant),
        ("tools", request.Tools),
        ("earlier_starts", Math.Max(request.StartsPerUserPerMinute - 1, 0)),
    ];

    /// <summary>Whether the workflow holds its slot already; it has a minute again to be saved then.</summary>
    public async Task<bool> Renew(CancellationToken cancellationToken)
    {
        var own = await Ask(
            """
            UPDATE slot SET reserved_at = CASE WHEN released_at IS NULL THEN max(reserved_at, @now) ELSE reserved_at END
            WHERE workflow_id = @workflow_id RETURNING released_at IS NOT NULL
            """,
            row => row.GetBoolean(0),
            cancellationToken);
        return own switch
        {
            [] => false,
            [false] => true,
            _ => throw new InvalidOperationException($"The slot of {request.WorkflowId} was released: its workflow is over."),
        };
    }

    /// <summary>The first rule that stands against a new slot, or null.</summary>
    public async Task<Reservation?> Refusal(CancellationToken cancellationToken)
    {
        var blocks = await Ask(
            """
            SELECT 1 FROM start_block b
            WHERE b.until > @now AND CASE b.kind
                WHEN 'owner' THEN b.value = @subject AND b.tenant IN ('', coalesce(@tenant_name, ''))
                WHEN 'tenant' THEN b.value = @tenant_name
                WHEN 'definition' THEN b.value = @definition
                WHEN 'tool' THEN replace(@tools, ' ' || b.value || ' ', '') <> @tools
            END
            LIMIT 1
            """,
            row => row.GetInt32(0),
            cancellationToken);
        if (blocks.Count > 0)
        {
            return new Reservation.Blocked();
        }

        var earlier = await Ask(
            """
            SELECT workflow_id, body_hash IS @body_hash FROM slot
            WHERE user_key = @user AND key_hash = @key_hash AND reserved_at > @day_ago
            ORDER BY reserved_at DESC LIMIT 1
            """,
            row => (Id: row.GetString(0), SameBody: row.GetBoolean(1)),
            cancellationToken);
        if (earlier is [var replayed])
        {
            return replayed.SameBody ? new Reservation.Replay(replayed.Id) : new Reservation.KeyReused();
        }

        var nthStart = await Ask(
            """
            SELECT reserved_at FROM slot WHERE user_key = @user AND definition = @definition AND reserved_at > @minute_ago
            ORDER BY reserved_at DESC LIMIT 1 OFFSET @earlier_starts
            """,
            row => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)),
            cancellationToken);
        if (nthStart.Count > 0 || request.StartsPerUserPerMinute < 1)
        {
            return new Reservation.TooManyStarts(nthStart.FirstOrDefault(request.Now) + Slots.Grace - request.Now);
        }

        var holders = await Ask(
            """
            SELECT workflow_id FROM slot WHERE user_key = @user AND definition = @definition AND released_at IS NULL
            ORDER BY reserved_at, workflow_id
            """,
            row => row.GetString(0),
            cancellationToken);
        if (holders.Count >= request.LivePerUser)
        {
            return new Reservation.UserFull(holders);
        }

        var live = await Ask(
            "SELECT count(*) FROM slot WHERE tenant_key = @tenant AND definition = @definition AND released_at IS NULL",
            row => row.GetInt64(0),
            cancellationToken);
        return live.Single() >= request.LivePerTenant ? new Reservation.TenantFull() : null;
    }

    /// <summary>Writes the slot.</summary>
    public Task Take(CancellationToken cancellationToken) => connection.Execute(
        transaction,
        """
        INSERT INTO slot (workflow_id, user_key, tenant_key, definition, reserved_at, key_hash, body_hash, subject, tenant, tools)
        VALUES (@workflow_id, @user, @tenant, @definition, @now, @key_hash, @body_hash, @subject, @tenant_name, @tools)
        """,
        values,
        cancellationToken);

    private Task<IReadOnlyList<T>> Ask<T>(string sql, Func<DbDataReader, T> row, CancellationToken cancellationToken) =>
        connection.Query(transaction, sql, values, row, cancellationToken);
}
