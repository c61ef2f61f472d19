using Npgsql;

namespace SessionGrains.Bench.Minimal;

/// <summary>A session whose call must be hung up.</summary>
internal sealed record Owed(string Id, string? Call, string Reason);

/// <summary>The sessions that live, as rows; each method is one transaction.</summary>
internal sealed class SessionTable(NpgsqlDataSource database)
{
    public async Task Create()
    {
        await using var create = database.CreateCommand(
            """
            CREATE TABLE IF NOT EXISTS session (
                id text PRIMARY KEY,
                owner text NOT NULL,
                state text NOT NULL,
                call_id text UNIQUE,
                created_at timestamptz NOT NULL DEFAULT now(),
                due_at timestamptz NOT NULL,
                end_reason text
            );
            CREATE INDEX IF NOT EXISTS session_due ON session (due_at);
            CREATE INDEX IF NOT EXISTS session_owner ON session (owner);
            CREATE TABLE IF NOT EXISTS tool_call (
                session_id text NOT NULL REFERENCES session ON DELETE CASCADE,
                call_id text NOT NULL,
                name text NOT NULL,
                arguments jsonb NOT NULL,
                started_at timestamptz NOT NULL DEFAULT now(),
                output text,
                PRIMARY KEY (session_id, call_id)
            );
            CREATE TABLE IF NOT EXISTS report (
                id text PRIMARY KEY,
                owner text NOT NULL,
                end_reason text NOT NULL,
                call_id text,
                created_at timestamptz NOT NULL,
                ended_at timestamptz NOT NULL DEFAULT now(),
                tool_calls jsonb NOT NULL
            );
            """);
        await create.ExecuteNonQueryAsync();
    }

    /// <summary>Takes a place and remembers the session; false where its owner has too many.</summary>
    public async Task<bool> Start(string id, string owner, TimeSpan lasts, int perUser)
    {
        await using var batch = database.CreateBatch();
        // Until this transaction commits nobody else counts the same owner's sessions.
        batch.Add("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", owner);
        batch.Add(
            """
            INSERT INTO session (id, owner, state, due_at)
            SELECT $1, $2, 'ready', now() + $3 WHERE (SELECT count(*) FROM session WHERE owner = $2) < $4
            """,
            id,
            owner,
            lasts,
            perUser);
        return await batch.ExecuteNonQueryAsync() is 1;
    }

    public Task<bool> Connect(string id, string owner, string call) => database.Changes(
        "UPDATE session SET state = 'active', call_id = $3 WHERE id = $1 AND owner = $2 AND state <> 'ending' AND coalesce(call_id, $3) = $3", id, owner, call);

    public async Task<string?> StateOf(string id, string owner)
    {
        await using var command = database.Command("SELECT state FROM session WHERE id = $1 AND owner = $2", id, owner);
        return (string?)await command.ExecuteScalarAsync();
    }

    /// <summary>Says that the session ends, before anybody is asked to hang up; null where it ends already or is not the caller's.</summary>
    public async Task<Owed?> End(string id, string owner) => (await ReadOwed(database.Command(
        """
        UPDATE session SET state = 'ending', end_reason = 'user_ended', due_at = now() + interval '10 seconds'
        WHERE id = $1 AND owner = $2 AND state <> 'ending' RETURNING id, call_id, end_reason
        """,
        id,
        owner))).SingleOrDefault();

    /// <summary>Those whose time is over, and those whose hang-up has to be tried again.</summary>
    public Task<List<Owed>> Due() => ReadOwed(database.Command(
        """
        UPDATE session SET state = 'ending', end_reason = coalesce(end_reason, 'max_duration'), due_at = now() + interval '10 seconds'
        WHERE id IN (SELECT id FROM session WHERE due_at <= now() ORDER BY due_at LIMIT 100 FOR UPDATE SKIP LOCKED)
        RETURNING id, call_id, end_reason
        """));

    /// <summary>Files the report and erases the session with its tool calls.</summary>
    public async Task Finish(string id, string reason)
    {
        await using var batch = database.CreateBatch();
        batch.Add(
            """
            INSERT INTO report (id, owner, end_reason, call_id, created_at, tool_calls)
            SELECT id, owner, $2, call_id, created_at,
                coalesce((SELECT jsonb_agg(jsonb_build_object('call_id', t.call_id, 'name', t.name, 'is_done', t.output IS NOT NULL)) FROM tool_call t WHERE t.session_id = s.id), '[]')
            FROM session s WHERE id = $1 ON CONFLICT DO NOTHING
            """,
            id,
            reason);
        batch.Add("DELETE FROM session WHERE id = $1", id);
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task<List<Owed>> ReadOwed(NpgsqlCommand command)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync();
            var owed = new List<Owed>();
            while (await rows.ReadAsync())
            {
                owed.Add(new(rows.GetString(0), await rows.IsDBNullAsync(1) ? null : rows.GetString(1), rows.GetString(2)));
            }

            return owed;
        }
    }
}
