// The HTTP side that the servers on Node.js share: who asks, what is asked for, and how a refusal is answered.
import { randomBytes } from 'node:crypto';
import express from 'express';
import { jwtVerify } from 'jose';

/** What a session may be started from: how long it may last. */
const definitions = new Map([['voice', { seconds: 900 }], ['short', { seconds: 8 }]]);
const tools = new Map([['keyed_it', isCount]]);

export class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

export function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} must be set.`);
  }
  return value;
}

export const newId = () => `s_${randomBytes(16).toString('hex')}`;

/** Serves sessions; each handler gets the user and what was asked for, already checked. */
export function serve({ start, call, tool, end }) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/readyz', (_, response) => response.sendStatus(200));
  app.use(authenticate);
  app.use(express.json({ limit: '64kb' }));

  app.post('/sessions', async (request, response) => {
    const definition = definitions.get(request.body?.definition);
    if (!definition) {
      throw new Refusal(404, 'definition_not_found');
    }
    response.status(201).json(await start(request.user, definition));
  });
  app.post('/sessions/:id/call', async (request, response) => {
    const callId = request.body?.call_id;
    if (typeof callId !== 'string' || !/^rtc_[\w-]{1,128}$/.test(callId)) {
      throw new Refusal(400, 'invalid_call_id');
    }
    await call(request.user, request.params.id, callId);
    response.sendStatus(204);
  });
  app.post('/sessions/:id/tools', async (request, response) => {
    const { call_id: callId, name, arguments: given } = request.body ?? {};
    if (typeof callId !== 'string' || !/^[\w.-]{1,128}$/.test(callId)) {
      throw new Refusal(400, 'invalid_call_id');
    }
    const fits = tools.get(name);
    if (!fits) {
      throw new Refusal(403, 'tool_not_allowed');
    }
    if (!fits(given)) {
      throw new Refusal(422, 'invalid_tool_arguments');
    }
    response.json({ output: await tool(request.user, request.params.id, { callId, name, arguments: given }) });
  });
  app.post('/sessions/:id/end', async (request, response) => {
    await end(request.user, request.params.id);
    response.json({ id: request.params.id, status: 'ended' });
  });

  app.use((error, _request, response, _next) => {
    // A refusal and a body that cannot be read know their status; everything else is a fault of ours or of those we ask.
    const status = error.status ?? 502;
    if (status >= 500) {
      console.error(error);
    }
    response.status(status).json({ code: status >= 500 ? 'failed' : error.message });
  });
  app.listen(Number(setting('PORT')), '127.0.0.1');
}

const key = Buffer.from(setting('JWT_KEY'), 'base64');
const claims = { issuer: setting('JWT_ISSUER'), audience: setting('JWT_AUDIENCE'), algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] };

async function authenticate(request, _response, next) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    throw new Refusal(401, 'unauthenticated');
  }
  let payload;
  try {
    ({ payload } = await jwtVerify(token, key, claims));
  } catch {
    throw new Refusal(401, 'unauthenticated');
  }
  if (!String(payload.scope ?? '').split(' ').includes('voice.start')) {
    throw new Refusal(403, 'forbidden');
  }
  request.user = { sub: `${payload.tid ?? ''}/${payload.sub}` };
  next();
}

function isCount(given) {
  return typeof given === 'object' && given !== null && Object.keys(given).length === 1 && Number.isInteger(given.n) && given.n >= 0;
}
