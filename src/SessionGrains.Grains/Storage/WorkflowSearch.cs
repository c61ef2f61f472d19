using System.Data.Common;

namespace SessionGrains.Grains.Storage;

/// <summary>Which workflows an operator means; what is null is not asked about.</summary>
/// <param name="Phase">A phase by its stored name; <see cref="Live"/> for all but the ended ones.</param>
/// <param name="Subject">Whose they are, in the words of the issuer.</param>
/// <param name="Tool">A tool that their definition grants. Only live ones can be found by it.</param>
internal sealed record WorkflowMatch(string? Phase = null, string? Subject = null, string? Tenant = null, string? Definition = null, string? Tool = null)
{
    public const string Live = "live";
    public const string Ended = "ended";
}

/// <summary>A workflow that was found, and the place after which the next page begins.</summary>
/// <param name="Report">The filed report of one that has ended; null for a live one.</param>
internal sealed record FoundWorkflow(string Id, DateTimeOffset At, string? Report);

/// <summary>Finds anybody's workflows for operators, without waking them.</summary>
internal sealed class WorkflowSearch(DbDataSource database)
{
    /// <summary>The newest first, live and ended together.</summary>
    public Task<IReadOnlyList<FoundWorkflow>> Find(WorkflowMatch match, int limit, FoundWorkflow? after, CancellationToken cancellationToken) =>
        database.Query(
            Query(match),
            [
                ("phase", match.Phase),
                ("subject", match.Subject),
                ("tenant", match.Tenant),
                ("definition", match.Definition),
                ("tool", match.Tool),
                ("after_at", after?.At.ToUnixTimeMilliseconds() ?? long.MaxValue),
                ("after_id", after?.Id ?? ""),
                ("limit", limit),
            ],
            row => new FoundWorkflow(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), AuditTrails.Text(row, 2)),
            cancellationToken);

    /// <summary>The statement for a match: what is not asked about is not in it, so that the right index is found.</summary>
    internal static string Query(WorkflowMatch match)
    {
        var whose = string.Concat(
            match.Subject is null ? "" : " AND subject = @subject",
            match.Tenant is null ? "" : " AND tenant = @tenant",
            match.Definition is null ? "" : " AND definition = @definition",
            match.Tool is null ? "" : " AND replace(tools, ' ' || @tool || ' ', '') <> tools");
        // The empty text takes the column's type affinity away, without which SQLite would not use the view's index.
        var phase = match.Phase is null or WorkflowMatch.Live
            ? ""
            : " AND EXISTS (SELECT 1 FROM workflow_view v WHERE v.id = slot.workflow_id || '' AND v.phase = @phase)";
        var live = $"""
            SELECT * FROM (
                SELECT workflow_id AS id, reserved_at AS at, NULL AS report FROM slot
                WHERE released_at IS NULL AND (reserved_at, workflow_id) < (@after_at, @after_id){whose}{phase}
                ORDER BY reserved_at DESC, workflow_id DESC LIMIT @limit) AS live
            """;
        var ended = $"""
            SELECT * FROM (
                SELECT workflow_id AS id, created_at AS at, report FROM final_report
                WHERE (created_at, workflow_id) < (@after_at, @after_id){whose}
                ORDER BY created_at DESC, workflow_id DESC LIMIT @limit) AS ended
            """;
        return match.Phase switch
        {
            WorkflowMatch.Ended => ended,
            null when match.Tool is null => $"{live} UNION ALL {ended} ORDER BY 2 DESC, 1 DESC LIMIT @limit",
            _ => live,
        };
    }
}
