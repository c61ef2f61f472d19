// The seed pattern: a token server that keeps what it knows in its own memory.
import { hangUp, mint, runTool } from './outside.mjs';
import { newId, Refusal, serve } from './web.mjs';

const sessions = new Map();

serve({
  async start(user, { seconds }) {
    const secret = await mint(user);
    const id = newId();
    const expiry = setTimeout(() => close(id).catch(console.error), seconds * 1000);
    sessions.set(id, { owner: user.sub, expiry, call: null, tools: new Map() });
    return { id, secret };
  },

  async call(user, id, callId) {
    const session = own(user, id);
    if (session.call && session.call !== callId) {
      throw new Refusal(409, 'call_taken');
    }
    session.call = callId;
  },

  async tool(user, id, asked) {
    const session = own(user, id);
    if (!session.call) {
      throw new Refusal(409, 'not_connected');
    }
    const given = JSON.stringify([asked.name, asked.arguments]);
    const earlier = session.tools.get(asked.callId);
    if (earlier && earlier.given !== given) {
      throw new Refusal(409, 'tool_call_conflict');
    }
    if (earlier) {
      return await earlier.output;
    }
    const output = runTool(user, id, asked);
    session.tools.set(asked.callId, { given, output });
    return await output;
  },

  async end(user, id) {
    own(user, id);
    await close(id);
  },
});

function own(user, id) {
  const session = sessions.get(id);
  if (session?.owner !== user.sub) {
    throw new Refusal(404, 'not_found');
  }
  return session;
}

async function close(id) {
  const session = sessions.get(id);
  if (!session || !sessions.delete(id)) {
    return;
  }
  clearTimeout(session.expiry);
  if (session.call) {
    await hangUp(session.call);
  }
}
