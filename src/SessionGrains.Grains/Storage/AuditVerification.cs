using System.Data;
using System.Data.Common;
using System.Globalization;
using SessionGrains.Grains.Storage.PostgreSql;

namespace SessionGrains.Grains.Storage;

/// <summary>Checks every audit trail of a database against its hashes. It only reads, so a role that may only read can run it, also on a restored dump.</summary>
public static class AuditVerification
{
    private const int PageSize = 500;

    /// <summary>Checks a PostgreSQL database and says what it found.</summary>
    /// <returns>Whether every trail is whole.</returns>
    public static async Task<bool> Run(string connectionString, TextWriter output, CancellationToken cancellationToken)
    {
        await using var database = PostgreSqlDialect.CreateDataSource(connectionString);
        var (trails, events, faults) = (0, 0, 0);
        await foreach (var found in Check(database, cancellationToken))
        {
            (trails, events) = (trails + 1, events + found.Events);
            if (found.Fault is { } fault)
            {
                faults++;
                await output.WriteLineAsync($"FAULT  {found.Id}: {fault}");
            }
        }

        foreach (var id in await WithoutTrail(database, cancellationToken))
        {
            faults++;
            await output.WriteLineAsync($"FAULT  {id}: it has a report, but its trail is missing.");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{trails} trails with {events} events, {faults} faults"));
        return faults is 0;
    }

    /// <summary>Each trail, with what is wrong with it; null when nothing is.</summary>
    internal static async IAsyncEnumerable<(string Id, int Events, string? Fault)> Check(
        DbDataSource database, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var after = "";
        IReadOnlyList<(AuditTrail Trail, int Events, string Hash)> heads;
        do
        {
            // A head and its events as they were in one moment: what is pruned in between would look like a deed.
            await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            heads = await connection.Query(
                moment,
                "SELECT workflow_id, at, subject, tenant, definition, events, hash FROM audit_trail WHERE workflow_id > @after ORDER BY workflow_id LIMIT @limit",
                [("after", after), ("limit", PageSize)],
                row => (new AuditTrail(row.GetString(0), AuditTrails.Time(row, 1), AuditTrails.Text(row, 2), AuditTrails.Text(row, 3), AuditTrails.Text(row, 4), []),
                    row.GetInt32(5), row.GetString(6)),
                cancellationToken);
            foreach (var (head, count, hash) in heads)
            {
                var rows = await connection.Query(
                    moment,
                    "SELECT seq, at, kind, detail, hash FROM audit_event WHERE workflow_id = @id ORDER BY seq",
                    [("id", head.Id)],
                    row => (Event: new AuditEvent(row.GetInt32(0), AuditTrails.Time(row, 1), row.GetString(2), row.GetString(3)), Hash: row.GetString(4)),
                    cancellationToken);
                var trail = head with { Events = [.. rows.Select(row => row.Event)] };
                yield return (head.Id, rows.Count, FaultOf(trail, [.. rows.Select(row => row.Hash)], count, hash));
                after = head.Id;
            }
        }
        while (heads.Count == PageSize);
    }

    /// <summary>Workflows that were filed with a trail which is not there any more.</summary>
    internal static Task<IReadOnlyList<string>> WithoutTrail(DbDataSource database, CancellationToken cancellationToken) => database.Query(
        """
        SELECT workflow_id FROM final_report r
        WHERE subject IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_trail t WHERE t.workflow_id = r.workflow_id) ORDER BY workflow_id
        """,
        [],
        row => row.GetString(0),
        cancellationToken);

    private static string? FaultOf(AuditTrail trail, IReadOnlyList<string> stored, int count, string head)
    {
        var hashes = AuditChain.Hashes(trail);
        for (var i = 0; i < hashes.Length; i++)
        {
            if (hashes[i] != stored[i])
            {
                return $"event {trail.Events[i].Seq} ({trail.Events[i].Kind}), or something before it, is not what was filed.";
            }
        }

        return hashes.Length == count && hashes.LastOrDefault("") == head ? null : $"it was filed with {count} events and has {hashes.Length}; the last ones are missing or were added.";
    }
}
