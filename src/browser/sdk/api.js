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
      if (failures + 1 >= tries || signal.aborted || wait > PATIENCE_MS || !may(error)) {
        throw error;
      }
      await pause(wait, signal);
    }
  }
}

export async function reach(url, init, read) {
  let response;
  try {
    response = await fetch(url, { cache: 'no-store', credentials: 'omit', ...init });
    if (response.ok) {
      return await read(response);
    }
  } catch (cause) {
    throw new VoiceWorkflowError(navigator.onLine ? 'unreachable' : 'offline', { cause });
  }
  const said = await response.json().catch(() => ({}));
  throw new VoiceWorkflowError(said.code ?? said.error?.code ?? 'unexpected_answer', {
    detail: said.error?.message, ...said, status: response.status, retryAfter: Number(response.headers.get('retry-after')),
  });
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
      throw new VoiceWorkflowError(navigator.onLine ? 'unauthenticated' : 'offline', { cause });
    }
    return reach(this.#base + this.path + path, { ...init, headers: { ...init.headers, ...this.#headers } }, read);
  }

  // Posts a body, else gets.
  async ask(path, body, tries = 1, headers = {}) {
    const signal = AbortSignal.timeout(30_000);
    const init = body ? { signal, method: 'POST', body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } } : { signal };
    return insist(() => this.#send(path, init, (response) => response.status !== 204 && response.json()), tries, signal);
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
        const body = await this.#send('/events', init, (response) => response.body);
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
