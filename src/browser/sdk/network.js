const SENTENCES = {
  microphone_denied: 'Allow the microphone for this page, then try again.',
  microphone_missing: 'Connect a microphone, then try again.',
  microphone_busy: 'The microphone does not work. Something else may use it.',
  microphone_lost: 'The microphone was disconnected.',
  sound_blocked: 'Click anywhere on the page to hear the voice.',
  unsupported: 'This page cannot make calls. HTTPS is needed.',
  offline: 'You are offline. Try again soon.',
  unreachable: 'The service cannot be reached. Try again soon.',
  connection_failed: 'No sound came through. The network may be in the way.',
  cancelled: 'It was ended before it had begun.',
  unauthenticated: 'Sign in, then try again.',
  forbidden: 'You are not allowed to do this.',
  definition_not_found: 'This conversation is not offered.',
  invalid_inputs: 'Your details are not as they should be.',
  quota_exceeded: 'There are too many conversations. Try again soon.',
  rate_limited: 'That was too often. Try again soon.',
  workflow_ended: 'The conversation is over.',
};

/** `code` is stable, `message` is a sentence for a person. */
export class VoiceWorkflowError extends Error {
  /** @param {string} code @param {import('./types.d.ts').ErrorDetails} [more] */
  constructor(code, more = {}) {
    super(SENTENCES[code] ?? 'Something went wrong. Try again soon.', more);
    this.name = 'VoiceWorkflowError';
    this.code = code;
    this.status = more.status ?? 0;
    /** For a developer. */
    this.detail = more.detail;
    this.traceId = more.trace_id;
    /** In seconds. */
    this.retryAfter = more.retryAfter ?? 0;
  }

  /** Whether it may work a little later. */
  get isTemporary() {
    return this.status >= 500 || /offline|unreach|connect|secret|rate_limit/.test(this.code);
  }
}

// A comment comes every 15 seconds.
const SILENCE_MS = 40_000;

// To wait for longer is a person's choice.
const PATIENCE_MS = 10_000;

export const timer = (ms, signal) => new Promise((resolve) => {
  const id = setTimeout(resolve, signal?.aborted ? 0 : ms);
  signal?.addEventListener('abort', () => resolve(clearTimeout(id)));
});

// Shorter when the network comes back.
export const pause = (ms, signal) => Promise.race([timer(ms, signal), new Promise((resolve) => addEventListener('online', resolve, { once: true, signal }))]);

// As long as the answer says.
export const backoff = (failures, error) => error?.retryAfter * 1000 || Math.min(PATIENCE_MS, 250 * 2 ** failures) * (0.75 + Math.random() / 2);

export async function insist(act, tries, signal, may = (error) => error.isTemporary) {
  for (let failures = 0; ; failures++) {
    try {
      return await act();
    } catch (error) {
      const wait = backoff(failures, error);
      if (!may(error) || failures + 1 >= tries || signal.aborted || wait > PATIENCE_MS && tries < Infinity) {
        throw error;
      }
      await pause(wait, signal);
    }
  }
}

const lost = (cause, code) => new VoiceWorkflowError(navigator.onLine ? code : 'offline', { cause });

async function reach(url, init, read) {
  let answer;
  try {
    answer = await fetch(url, { cache: 'no-store', credentials: 'omit', ...init });
    if (answer.ok) {
      return await read(answer);
    }
  } catch (cause) {
    throw lost(cause, 'unreachable');
  }
  const { status, headers } = answer;
  const said = await answer.json().catch(() => ({}));
  throw new VoiceWorkflowError(said.code ?? said.error?.code ?? 'unexpected_answer', { detail: said.error?.message, ...said, status, retryAfter: Number(headers.get('retry-after')) });
}

export class Api {
  path = '';
  #base;
  #token;
  #headers = {};

  constructor(endpoint, token) {
    this.#base = `${endpoint.replace(/\/$/, '')}/v1/workflows`;
    this.#token = typeof token === 'function' ? token : () => token;
  }

  async #send(path, init, read) {
    try {
      this.#headers = { authorization: `Bearer ${await this.#token()}` };
    } catch (cause) {
      throw lost(cause, /Type|Timeout/.test(cause?.name) ? 'unreachable' : 'unauthenticated');
    }
    return reach(this.#base + this.path + path, { ...init, headers: { ...init.headers, ...this.#headers } }, read);
  }

  // Posts a body, else gets.
  async ask(path, body, tries = 1, headers = {}) {
    const signal = AbortSignal.timeout(30_000);
    const init = { signal, ...body && { method: 'POST', body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } } };
    return insist(() => this.#send(path, init, (answer) => answer.status !== 204 && answer.json()), tries, signal);
  }

  // Nothing can be awaited any more.
  lastWords() {
    fetch(this.#base + this.path + '/end', { method: 'POST', keepalive: true, headers: this.#headers }).catch(() => {});
  }

  // After each break from the last event on.
  async follow(onEvent, onBreak, signal) {
    let id = '';
    for (let failures = 0; !signal.aborted; failures++) {
      const silence = new AbortController();
      let timer = 0;
      const listen = () => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
      };
      try {
        listen();
        const init = { headers: id && { 'last-event-id': id }, signal: AbortSignal.any([signal, silence.signal]) };
        const body = await this.#send('/events', init, (answer) => answer.body);
        const reader = body.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = '', piece; piece = await reader.read(), !piece.done;) {
          listen();
          const blocks = (rest + piece.value).split(/\r?\n\r?\n/);
          rest = blocks.pop() ?? '';
          for (const block of blocks) {
            const { event, data, id: next } = Object.fromEntries(block.split(/\r?\n/).map((line) => line.split(/: ?(.*)/)));
            id = next ?? id;
            failures = 0;
            if (data) {
              onEvent(event, JSON.parse(data));
            }
          }
        }
      } catch (error) {
        await onBreak(error);
      }
      clearTimeout(timer);
      await pause(backoff(failures), signal);
    }
  }
}

const GATHER_MS = 1_000;
const CONNECT_MS = 15_000;
const DISCONNECTED_MS = 4_000;

const when = (target, event, holds, timeUp) => new Promise((resolve) => {
  const check = () => holds() && resolve(true);
  target.addEventListener(event, check);
  timeUp?.then(resolve);
  check();
});

export class Call {
  connection = new RTCPeerConnection();
  hungUp;
  reader;
  #signal;
  #timer = 0;
  #channel;
  #hangUp;

  constructor({ tracks, player, signal, reader, onError, onLost }) {
    const { connection } = this;
    this.reader = reader;
    this.#signal = signal;
    this.hungUp = new Promise((resolve) => { this.#hangUp = resolve; });
    this.hungUp.then(() => onLost(true));
    tracks.forEach((track) => connection.addTrack(track, new MediaStream(tracks)));
    connection.ontrack = ({ track }) => {
      player.srcObject = new MediaStream([track]);
      const play = () => player.play();
      play().catch(({ name }) => {
        if (name === 'NotAllowedError') {
          addEventListener('click', play, { once: true });
          onError(new VoiceWorkflowError('sound_blocked'));
        }
      });
    };
    if (reader) {
      this.#channel = connection.createDataChannel('oai-events');
      this.#channel.onmessage = ({ data }) => reader.hear(JSON.parse(data));
      this.#channel.onclose = this.#hangUp;
    }
    connection.oniceconnectionstatechange = () => {
      clearTimeout(this.#timer);
      const state = connection.iceConnectionState;
      if (state === 'failed' || state === 'disconnected') {
        this.#timer = setTimeout(onLost, state === 'failed' ? 0 : DISCONNECTED_MS, false);
      }
    };
  }

  get isAlive() { return this.connection.connectionState === 'connected'; }

  async dial(url, secret) {
    const { connection } = this;
    await connection.setLocalDescription();
    // The offer carries all candidates.
    await when(connection, 'icegatheringstatechange', () => connection.iceGatheringState === 'complete', timer(GATHER_MS, this.#signal));
    // A definite no leaves the secret unused.
    const [sdp, location] = await insist(() => reach(url, {
      method: 'POST',
      body: connection.localDescription?.sdp,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/sdp' },
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(30_000)]),
    }, async (response) => [await response.text(), response.headers.get('location')]), 4, this.#signal, ({ status }) => status >= 429);
    await connection.setRemoteDescription({ type: 'answer', sdp });
    const { transport } = connection.getSenders()[0];
    when(transport, 'statechange', () => transport?.state === 'closed').then(this.#hangUp);
    return location?.split('/').pop();
  }

  async connected() {
    const { connection } = this;
    await when(connection, 'connectionstatechange', () => !/new|connecting/.test(connection.connectionState), timer(CONNECT_MS, this.#signal));
    if (!this.isAlive) {
      throw new VoiceWorkflowError('connection_failed');
    }
  }

  send(event) {
    try {
      this.#channel?.send(JSON.stringify(event));
      return true;
    } catch {
      return false;
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.connection.close();
  }
}

// Passes tool calls on and outcomes back; runs none.
export function channelReader({ send, isHeld, run, onCaption, onCall }) {
  const asked = [];
  const answered = new Set();
  let isResponding = false;
  let owesResponse = false;

  // All outputs of a response together.
  const settle = async () => {
    const calls = isResponding || isHeld() ? [] : asked.splice(0).filter(({ call_id }) => !answered.has(call_id));
    for (const { call_id, status, output, error } of await Promise.all(calls.map(run))) {
      // Whether it fits into the channel.
      const tell = (text) => send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output: text } });
      // The server may be back meanwhile.
      if (!answered.has(call_id)) {
        tell(output ?? JSON.stringify({
          status, error, ...status === 'unknown' && { may_have_happened: true, message: 'Nobody knows whether it took effect. Say so, and do not try again.' },
        })) || tell(`{"status":"${status}","error":"Its output is too long."}`);
        owesResponse = true;
      }
    }
    if (owesResponse && !isResponding) {
      owesResponse = false;
      send({ type: 'response.create' });
    }
  };

  const hear = ({ type, item, item_id: id, delta, transcript, text }) => {
    const said = (role) => onCaption(role, id, delta ?? transcript ?? text ?? '', /(done|completed)$/.test(type));
    if (/^response\.output_(audio_transcript|text)\./.test(type)) {
      said('assistant');
    } else if (/input_audio_(buffer\.committed|transcription\.(delta|completed))$/.test(type)) {
      // Words come later than their answer: this keeps their place.
      said('user');
    } else if (type === 'response.output_item.done' && item.type === 'function_call' && item.status === 'completed') {
      const { call_id, name, arguments: json } = item;
      const call = { call_id, name, arguments: json };
      asked.push(call);
      onCall(call);
    } else if (item?.type === 'function_call_output') {
      answered.add(item.call_id);
    } else if (type === 'response.created') {
      isResponding = true;
    } else if (type === 'response.done') {
      isResponding = false;
      settle();
    }
  };
  return { hear, settle };
}

export async function openMicrophone(wishes) {
  if (!navigator.mediaDevices || !window.RTCPeerConnection) {
    throw new VoiceWorkflowError('unsupported');
  }
  try {
    return (await navigator.mediaDevices.getUserMedia({ audio: wishes ?? true })).getTracks();
  } catch (cause) {
    throw new VoiceWorkflowError(`microphone_${{ NotAllowedError: 'denied', NotFoundError: 'missing' }[cause.name] ?? 'busy'}`, { cause });
  }
}
