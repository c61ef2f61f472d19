using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>A workflow that something is due for, and the place in a listing after which the next page starts.</summary>
internal sealed record DueWorkflow(string Id, DateTimeOffset DueAt);

/// <summary>Finds workflows by what their stored state says, without waking them.</summary>
internal sealed class WorkflowIndex(DbDataSource database)
{
    // Named, so that a test can ask the databases how they would search.
    internal const string DueQuery =
        """
        SELECT id, due_at FROM workflow_view
        WHERE due_at <= @now AND (due_at, id) > (@after_at, @after_id)
        ORDER BY due_at, id LIMIT @limit
        """;

    internal const string HolderQuery = "SELECT id FROM workflow_view WHERE call_id = @call_id";

    /// <summary>The workflows that something is due for, longest overdue first.</summary>
    public Task<IReadOnlyList<DueWorkflow>> Due(DateTimeOffset now, int limit, DueWorkflow? after, CancellationToken cancellationToken) =>
        database.Query(
            DueQuery,
            [
                ("now", now.ToUnixTimeMilliseconds()),
                ("after_at", after?.DueAt.ToUnixTimeMilliseconds() ?? long.MinValue),
                ("after_id", after?.Id ?? ""),
                ("limit", limit),
            ],
            row => new DueWorkflow(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
            cancellationToken);

    /// <summary>The workflow that holds this call, or null.</summary>
    public async Task<string?> HolderOf(string callId, CancellationToken cancellationToken)
    {
        var holders = await database.Query(HolderQuery, [("call_id", callId)], row => row.GetString(0), cancellationToken);
        return holders.SingleOrDefault();
    }

    /// <summary>Throws unless the database answers.</summary>
    public Task Ping(CancellationToken cancellationToken) =>
        database.Query("SELECT 1", [], row => row.GetInt32(0), cancellationToken);
}
