using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;

namespace SessionGrains.Chaos.Oracle;

/// <summary>Reads what the database says of the workflows of one run.</summary>
internal static class Records
{
    public const string TagName = "tag";

    private const string LiveQuery =
        """
        SELECT coalesce(grainidextensionstring, ''), convert_from(payloadbinary, 'UTF8') FROM orleansstorage
        WHERE graintypestring = 'workflow' AND payloadbinary IS NOT NULL AND phase <> 'ended'
        """;

    private const string EndedQuery =
        """
        SELECT workflow_id, report, coalesce((SELECT string_agg(kind || ' ' || detail, chr(10) ORDER BY seq) FROM audit_event e WHERE e.workflow_id = r.workflow_id), '')
        FROM final_report r
        """;

    private const string SlotQuery = "SELECT workflow_id FROM slot WHERE released_at IS NULL";

    /// <summary>How many workflows of a run have not come to their end.</summary>
    public static async Task<int> CountLive(string database, string prefix) => (await Live(database, prefix)).Count;

    public static async Task<History> Read(string database, string prefix)
    {
        var live = await Live(database, prefix);
        var ended = await Query(database, EndedQuery, row => Ended(row.GetString(0), JsonNode.Parse(row.GetString(1))!["workflow"]!, row.GetString(2).Split('\n')));
        var slots = await Query(database, SlotQuery, row => row.GetString(0));
        var stored = ended.Where(one => one.Tag.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        // A report is filed before the state says so; the report is the later truth.
        var known = stored.Select(one => one.Workflow).ToHashSet();
        stored.AddRange(live.Where(one => !known.Contains(one.Workflow)));
        return new History { Stored = stored, SlotsTaken = [.. slots.Where(slot => stored.Any(one => one.Workflow == slot))] };
    }

    private static async Task<List<Stored>> Live(string database, string prefix) =>
    [
        .. (await Query(database, LiveQuery, row => (Id: row.GetString(0), State: JsonNode.Parse(row.GetString(1))!)))
            .Where(one => Tag(one.State).StartsWith(prefix, StringComparison.Ordinal))
            .Select(one => new Stored(one.Id, Tag(one.State), (string?)one.State["phase"] ?? "", Time(one.State["created_at"]!), Time(one.State["expires_at"]!))
            {
                EndReason = (string?)one.State["end_reason"],
                Calls = (string?)one.State["call_id"] is { } call ? [call] : [],
            }),
    ];

    private static Stored Ended(string id, JsonNode workflow, string[] trail) => new(id, Tag(workflow), "ended", Time(workflow["created_at"]!), Time(workflow["expires_at"]!))
    {
        EndReason = (string)workflow["end_reason"]!,
        EndedAt = Time(workflow["ended_at"]!),
        HangUp = (string?)workflow["hang_up"],
        Calls = [.. Of("connected", trail).Concat(Of("call_dropped", trail)).Select(detail => detail[0])],
        ToolCalls = [.. Of("tool_call", trail).Select(detail => (detail[0], detail[^1]))],
    };

    private static IEnumerable<string[]> Of(string kind, string[] trail) =>
        trail.Where(line => line.StartsWith($"{kind} ", StringComparison.Ordinal)).Select(line => line[(kind.Length + 1)..].Split(' '));

    private static string Tag(JsonNode workflow) => (string?)workflow["metadata"]?[TagName] ?? "";

    private static DateTimeOffset Time(JsonNode time) => DateTimeOffset.Parse((string)time!, CultureInfo.InvariantCulture);

    private static async Task<List<T>> Query<T>(string database, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var all = new List<T>();
        while (await rows.ReadAsync())
        {
            all.Add(read(rows));
        }

        return all;
    }
}
