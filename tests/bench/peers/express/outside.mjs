// What the servers on Node.js ask of others: OpenAI, with its official package, and the application's tools.
import { createHash } from 'node:crypto';
import OpenAI, { NotFoundError } from 'openai';
import { setting } from './web.mjs';

const openai = new OpenAI({ apiKey: setting('OPENAI_API_KEY'), baseURL: setting('OPENAI_BASE_URL'), timeout: 10_000 });
const toolUrl = setting('TOOL_URL');

const session = {
  type: 'realtime',
  model: 'gpt-realtime-2.1',
  instructions: 'You take the intake call.',
  audio: { output: { voice: 'marin' } },
  tools: [{
    type: 'function',
    name: 'keyed_it',
    description: 'The keyed tool of the tests.',
    parameters: { type: 'object', properties: { n: { type: 'integer', minimum: 0 } }, required: ['n'], additionalProperties: false },
  }],
};

/** A client secret; it is answered and kept nowhere. */
export async function mint(user) {
  const minted = await openai.realtime.clientSecrets.create(
    { expires_after: { anchor: 'created_at', seconds: 30 }, session },
    // A second attempt could mint a second secret, and none can be revoked.
    { maxRetries: 0, headers: { 'OpenAI-Safety-Identifier': createHash('sha256').update(user.sub).digest('hex') } },
  );
  return minted.value;
}

/** Hangs up; a call that OpenAI does not know is over. */
export async function hangUp(callId) {
  try {
    await openai.realtime.calls.hangup(callId);
  } catch (error) {
    if (!(error instanceof NotFoundError)) {
      throw error;
    }
  }
}

/** Asks a tool. It honours the key: the same call has its effect once, however often it is sent. */
export async function runTool(user, id, { callId, name, arguments: given }) {
  const response = await fetch(`${toolUrl}/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `${id}/${callId}` },
    body: JSON.stringify({ workflow_id: id, call_id: callId, tool: name, arguments: given, user }),
    signal: AbortSignal.timeout(10_000),
    redirect: 'error',
  });
  if (!response.ok) {
    throw new Error(`${name} answered ${response.status}.`);
  }
  return await response.text();
}
