using Npgsql;

namespace SessionGrains.Bench.Minimal;

/// <summary>A tool call that was asked for before.</summary>
internal sealed record EarlierCall(string? Output, bool IsSame);

/// <summary>The tool calls of the sessions that live: one row, and so one outcome, for each.</summary>
internal sealed class ToolCallTable(NpgsqlDataSource database)
{
    /// <summary>Writes down that a call is sent, if its session may send it; false where there is such a call already, or no such session.</summary>
    public Task<bool> Begin(string session, string owner, string call, string name, string arguments) => database.Changes(
        """
        INSERT INTO tool_call (session_id, call_id, name, arguments)
        SELECT id, $3, $4, $5::jsonb FROM session WHERE id = $1 AND owner = $2 AND state = 'active' AND due_at > now()
        ON CONFLICT (session_id, call_id) DO NOTHING
        """,
        session,
        owner,
        call,
        name,
        arguments);

    public async Task<EarlierCall?> Find(string session, string call, string name, string arguments)
    {
        await using var command = database.Command(
            "SELECT output, name = $3 AND arguments = $4::jsonb FROM tool_call WHERE session_id = $1 AND call_id = $2", session, call, name, arguments);
        await using var rows = await command.ExecuteReaderAsync();
        return await rows.ReadAsync() ? new(await rows.IsDBNullAsync(0) ? null : rows.GetString(0), rows.GetBoolean(1)) : null;
    }

    /// <summary>Takes over a call that nobody can be working on any more.</summary>
    public Task<bool> BeginAgain(string session, string call) => database.Changes(
        "UPDATE tool_call SET started_at = now() WHERE session_id = $1 AND call_id = $2 AND output IS NULL AND started_at < now() - interval '15 seconds'", session, call);

    public Task<bool> Record(string session, string call, string output) =>
        database.Changes("UPDATE tool_call SET output = $3 WHERE session_id = $1 AND call_id = $2", session, call, output);
}
