using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>A slot that is held, and the place in a listing after which the next page starts.</summary>
internal sealed record LiveSlot(string WorkflowId, DateTimeOffset ReservedAt);

/// <summary>How many slots were taken back because their workflow was never saved, and how many released ones nobody needs any more.</summary>
internal sealed record Reclaimed(int NeverSaved, int Forgotten);

/// <summary>The places that live workflows take, across the whole cluster.</summary>
internal sealed class Slots(DbDataSource database, StorageDialect dialect)
{
    /// <summary>How long a slot may wait for its workflow to be saved; also the window in which starts are counted.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>How long an idempotency key is remembered.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    // Named, so that a test can ask the database how it would search. The workflow of each slot is asked for by itself: a join would rather read the
    // states of all workflows, also of those that ended within a day.
    internal const string NeverSavedQuery =
        """
        DELETE FROM slot
        WHERE released_at IS NULL AND reserved_at >= @since AND reserved_at < @grace_over
            AND (SELECT v.phase FROM workflow_view v WHERE v.id = slot.workflow_id || '' LIMIT 1) IS NULL
        """;

    /// <summary>Takes a slot for a workflow, or says why not. Harmless to repeat.</summary>
    public Task<Reservation> Reserve(SlotRequest request, CancellationToken cancellationToken) =>
        dialect.Reserve(database, request, cancellationToken);

    /// <summary>The user's live workflows, newest first.</summary>
    public Task<IReadOnlyList<LiveSlot>> LiveOf(string userKey, int limit, LiveSlot? after, CancellationToken cancellationToken) =>
        database.Query(
            """
            SELECT workflow_id, reserved_at FROM slot
            WHERE user_key = @user AND released_at IS NULL AND (reserved_at, workflow_id) < (@after_at, @after_id)
            ORDER BY reserved_at DESC, workflow_id DESC LIMIT @limit
            """,
            [
                ("user", userKey),
                ("after_at", after?.ReservedAt.ToUnixTimeMilliseconds() ?? long.MaxValue),
                ("after_id", after?.WorkflowId ?? ""),
                ("limit", limit),
            ],
            row => new LiveSlot(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
            cancellationToken);

    /// <summary>How many live workflows a user has of a definition.</summary>
    public async Task<int> LiveOf(UserId user, string definition, CancellationToken cancellationToken)
    {
        var count = await database.Query(
            "SELECT count(*) FROM slot WHERE user_key = @user AND definition = @definition AND released_at IS NULL",
            [("user", user.UserKey), ("definition", definition)],
            row => row.GetInt64(0),
            cancellationToken);
        return (int)count.Single();
    }

    /// <summary>Takes back the slots of workflows that were admitted and never saved, and forgets released ones that count for nothing.</summary>
    /// <param name="lookedAt">
    /// When that was done before. A slot whose workflow is saved stays so until it is released: those that were looked at then are not looked at again,
    /// but for some that a silo with another clock may have added among them. Null looks through all of them, which takes as long as there are many.
    /// </param>
    public async Task<Reclaimed> Reclaim(DateTimeOffset now, DateTimeOffset? lookedAt, CancellationToken cancellationToken)
    {
        var since = (lookedAt - Grace - Grace)?.ToUnixTimeMilliseconds() ?? long.MinValue;
        var graceOver = (now - Grace).ToUnixTimeMilliseconds();
        var neverSaved = await database.Execute(NeverSavedQuery, [("since", since), ("grace_over", graceOver)], cancellationToken);
        var forgotten = await database.Execute(
            """
            DELETE FROM slot
            WHERE released_at IS NOT NULL AND reserved_at < @grace_over AND (key_hash IS NULL OR reserved_at < @key_over)
            """,
            [("grace_over", graceOver), ("key_over", (now - KeyLife).ToUnixTimeMilliseconds())],
            cancellationToken);
        return new(neverSaved, forgotten);
    }
}
