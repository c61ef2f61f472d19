// The same on durable workflows: a session is a workflow that waits for what happens to it, a tool call is a workflow of one step.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { hangUp, mint, runTool } from '../express/outside.mjs';
import { newId, Refusal, serve, setting } from '../express/web.mjs';

const news = 'news';
const outside = { retriesAllowed: true, maxAttempts: 8, intervalSeconds: 1, backoffRate: 2 };

DBOS.setConfig({ name: 'sessions', systemDatabaseUrl: setting('DATABASE_URL'), systemDatabasePoolSize: 20, logLevel: 'warn', runAdminServer: false });

const session = DBOS.registerWorkflow(async ({ expiresAt }) => {
  const calls = [];
  let told;
  do {
    // The wait is recorded with its deadline: a workflow that is recovered waits for the rest of it.
    told = await DBOS.recv(news, Math.max(expiresAt - Date.now(), 0) / 1000);
    if (told?.callId && !calls.includes(told.callId)) {
      calls.push(told.callId);
    }
  } while (told && !told.isEnd);
  for (const callId of calls) {
    await DBOS.runStep(() => hangUp(callId), { name: 'hangUp', ...outside });
  }
  return told ? 'ended' : 'expired';
}, { name: 'session' });

const toolCall = DBOS.registerWorkflow(
  async (user, id, asked) => await DBOS.runStep(() => runTool(user, id, asked), { name: 'runTool' }), { name: 'toolCall' });

await DBOS.launch();

// Those that were started here are told of their end at once; others are asked for it in the database.
const handles = new Map();

serve({
  async start(user, { seconds }) {
    const id = newId();
    handles.set(id, await DBOS.startWorkflow(session, { workflowID: id })({ owner: user.sub, expiresAt: Date.now() + seconds * 1000 }));
    handles.get(id).getResult().catch(console.error).finally(() => handles.delete(id));
    return { id, secret: await mint(user) };
  },

  async call(user, id, callId) {
    await live(user, id);
    await DBOS.send(id, { callId }, news);
  },

  async tool(user, id, asked) {
    await live(user, id);
    const handle = await DBOS.startWorkflow(toolCall, { workflowID: `${id}/${asked.callId}` })(user, id, asked);
    const [, , recorded] = (await handle.getStatus()).input;
    if (JSON.stringify([recorded.name, recorded.arguments]) !== JSON.stringify([asked.name, asked.arguments])) {
      throw new Refusal(409, 'tool_call_conflict');
    }
    return await handle.getResult();
  },

  async end(user, id) {
    const handle = handles.get(id) ?? DBOS.retrieveWorkflow(id);
    if ((await own(user, id)).status === 'PENDING') {
      await DBOS.send(id, { isEnd: true }, news);
    }
    await handle.getResult();
  },
});

async function live(user, id) {
  if ((await own(user, id)).status !== 'PENDING') {
    throw new Refusal(410, 'session_ended');
  }
}

async function own(user, id) {
  const status = await DBOS.getWorkflowStatus(id);
  if (status?.workflowName !== 'session' || status.input[0].owner !== user.sub) {
    throw new Refusal(404, 'not_found');
  }
  return status;
}
