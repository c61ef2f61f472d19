// The seed pattern with a table: sessions and tool calls are rows, and a sweeper hangs up what nobody ended.
import pg from 'pg';
import { hangUp, mint, runTool } from './outside.mjs';
import { newId, Refusal, serve, setting } from './web.mjs';

const sweepEvery = 1_000;
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 20 });

await pool.query(`
  CREATE TABLE IF NOT EXISTS session (
    id text PRIMARY KEY,
    owner text NOT NULL,
    state text NOT NULL,              -- ready, active, ending
    call_id text UNIQUE,
    due_at timestamptz NOT NULL       -- when it expires; once it ends, when its hang-up is tried again
  );
  CREATE INDEX IF NOT EXISTS session_due ON session (due_at);
  CREATE TABLE IF NOT EXISTS tool_call (
    session_id text NOT NULL REFERENCES session ON DELETE CASCADE,
    call_id text NOT NULL,
    name text NOT NULL,
    arguments jsonb NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    output text,                      -- null while it runs
    PRIMARY KEY (session_id, call_id)
  )`);

serve({
  async start(user, { seconds }) {
    const id = newId();
    await ask('start', `INSERT INTO session (id, owner, state, due_at) VALUES ($1, $2, 'ready', now() + make_interval(secs => $3))`, [id, user.sub, seconds]);
    try {
      return { id, secret: await mint(user) };
    } catch (error) {
      await erase(id);
      throw error;
    }
  },

  async call(user, id, callId) {
    const { rowCount } = await ask(
      'call', `UPDATE session SET state = 'active', call_id = $3 WHERE id = $1 AND owner = $2 AND state <> 'ending' AND coalesce(call_id, $3) = $3`, [id, user.sub, callId]);
    if (rowCount === 0) {
      await own(user, id);
      throw new Refusal(409, 'call_taken');
    }
  },

  async tool(user, id, asked) {
    const given = [asked.name, JSON.stringify(asked.arguments)];
    const { rowCount } = await ask(
      'tool',
      `INSERT INTO tool_call (session_id, call_id, name, arguments)
       SELECT id, $3, $4, $5::jsonb FROM session WHERE id = $1 AND owner = $2 AND state = 'active' AND due_at > now()
       ON CONFLICT (session_id, call_id) DO NOTHING`,
      [id, user.sub, asked.callId, ...given]);
    const earlier = rowCount === 0 ? await recorded(user, id, asked.callId, given) : null;
    if (earlier !== null) {
      return earlier;
    }
    const output = await runTool(user, id, asked);
    await ask('output', 'UPDATE tool_call SET output = $3 WHERE session_id = $1 AND call_id = $2', [id, asked.callId, output]);
    return output;
  },

  async end(user, id) {
    const { rows } = await ask(
      'end', `UPDATE session SET state = 'ending', due_at = now() + interval '10 seconds' WHERE id = $1 AND owner = $2 AND state <> 'ending' RETURNING call_id`, [id, user.sub]);
    if (rows.length > 0) {
      await finish(id, rows[0].call_id);
    } else {
      await own(user, id);
    }
  },
});

setTimeout(sweep, sweepEvery);

/** The output of a call that was asked for before; null where it shall be sent again, since whoever sent it is gone. */
async function recorded(user, id, callId, given) {
  const { state } = await own(user, id);
  const { rows: [call] } = await ask(
    'recorded', 'SELECT output, name = $3 AND arguments = $4::jsonb AS same FROM tool_call WHERE session_id = $1 AND call_id = $2', [id, callId, ...given]);
  if (!call) {
    throw new Refusal(409, state === 'ready' ? 'not_connected' : 'session_ended');
  }
  if (!call.same) {
    throw new Refusal(409, 'tool_call_conflict');
  }
  if (call.output !== null) {
    return call.output;
  }
  const { rowCount } = await ask(
    'again', `UPDATE tool_call SET started_at = now() WHERE session_id = $1 AND call_id = $2 AND output IS NULL AND started_at < now() - interval '15 seconds'`, [id, callId]);
  if (rowCount === 0) {
    throw new Refusal(409, 'tool_call_running');
  }
  return null;
}

async function own(user, id) {
  const { rows: [session] } = await ask('own', 'SELECT state FROM session WHERE id = $1 AND owner = $2', [id, user.sub]);
  if (!session) {
    throw new Refusal(404, 'not_found');
  }
  return session;
}

/** Hangs up and erases; if either fails the row is due again in a moment. */
async function finish(id, callId) {
  if (callId) {
    await hangUp(callId);
  }
  await erase(id);
}

async function sweep() {
  try {
    const { rows } = await pool.query(`
      UPDATE session SET state = 'ending', due_at = now() + interval '10 seconds'
      WHERE id IN (SELECT id FROM session WHERE due_at <= now() ORDER BY due_at LIMIT 100 FOR UPDATE SKIP LOCKED)
      RETURNING id, call_id`);
    for (const result of await Promise.allSettled(rows.map(row => finish(row.id, row.call_id)))) {
      if (result.status === 'rejected') {
        console.error(result.reason);
      }
    }
  } catch (error) {
    console.error(error);
  }
  setTimeout(sweep, sweepEvery);
}

function erase(id) {
  return ask('erase', 'DELETE FROM session WHERE id = $1', [id]);
}

function ask(name, text, values) {
  return pool.query({ name, text, values });
}
