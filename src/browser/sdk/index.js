/** @import { State, ToolCall, VoiceWorkflowEvents, VoiceWorkflowOptions, Workflow } from './types.d.ts' */
import { Api, Call, VoiceWorkflowError, backoff, channelReader, insist, openMicrophone, pause, timer } from './network.js';

export { VoiceWorkflowError };

/** One voice conversation. The server decides. */
export class VoiceWorkflow extends EventTarget {
  isMuted = false;
  /** In ms. The secret itself is not kept. */
  secretExpiresAt = 0;
  #options;
  #api;
  #player;
  #stop = new AbortController();
  #calls = {};
  #captions = {};
  #heart = 0;
  #admission;
  #redial;
  /** @type {State} */ #state = 'idle';
  /** @type {Workflow | null} */ #view = null;
  #tracks = [];
  #call;
  /** @type {Promise<Workflow | null> | undefined} */ #ending;

  /** @param {VoiceWorkflowOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#api = new Api(options.endpoint ?? '', options.token);
    this.#player = options.player ?? new Audio();
    for (const type in options.on) {
      this.on(/** @type {any} */ (type), options.on[type]);
    }
  }

  /** Resolves once sound can flow. @param {VoiceWorkflowOptions} options */
  static async start(options) {
    const workflow = new VoiceWorkflow(options);
    await workflow.start();
    return workflow;
  }

  get state() { return this.#state; }
  /** As the server last showed it. */
  get workflow() { return this.#view; }
  /** For statistics. @returns {RTCPeerConnection | undefined} */
  get connection() { return this.#call?.connection; }

  /**
   * Listens; returns how to stop.
   * @template {keyof VoiceWorkflowEvents} Type
   * @param {Type} type @param {(detail: VoiceWorkflowEvents[Type]) => void} listener
   */
  on(type, listener) {
    const hear = (/** @type {any} */ { detail }) => listener(detail);
    this.addEventListener(type, hear);
    return () => this.removeEventListener(type, hear);
  }

  /** Resolves once sound can flow. */
  async start() {
    if (this.#state !== 'idle') { throw new Error('Started already.'); }
    try {
      // A person may take longer than a secret lives.
      this.#to('requesting_microphone');
      this.#tracks = await openMicrophone(this.#options.microphone);
      this.#tracks[0].onended = () => this.#tell('error', new VoiceWorkflowError('microphone_lost'));
      this.mute(this.isMuted);
      this.#goOn('starting');
      const started = await (this.#admission = this.#admit());
      this.#goOn('connecting');
      this.#watch(started.policy.heartbeat_seconds);
      await this.#connect(started).catch(async (error) => {
        // A lost answer, or an old secret: once more.
        if (!/unreachable|secret/.test(error.code)) { throw error; }
        await this.#connect(await this.#api.ask('/client_secret', {}, 4));
      });
    } catch (error) {
      throw await this.#giveUp(error);
    }
  }

  /** Harmless if it is over. */
  end() { return this.#ending ??= this.#end(); }

  mute(isMuted = true) {
    this.isMuted = isMuted;
    this.#tracks.forEach((track) => { track.enabled = !isMuted; });
  }

  /** Agrees to a tool call. @param {string} callId @returns {Promise<ToolCall>} */
  approve(callId) { return this.#decide(callId, 'approve'); }
  /** Refuses a tool call. @param {string} callId @returns {Promise<ToolCall>} */
  deny(callId) { return this.#decide(callId, 'deny'); }

  async #admit() {
    const { definition, inputs, metadata } = this.#options;
    // With a key, one start is one workflow.
    const started = await this.#api.ask('', { definition, inputs, metadata }, 4, { 'idempotency-key': crypto.randomUUID() });
    this.#api.path = `/${started.id}`;
    this.#see(started);
    return started;
  }

  async #connect({ client_secret: secret, connection: { mode, url } }) {
    // The secret may come after the end.
    this.#goOn(this.#state);
    if (!secret) { throw new VoiceWorkflowError('quota_exceeded'); }
    const { signal } = this.#stop;
    const call = new Call({
      tracks: this.#tracks,
      player: this.#player,
      signal,
      onError: (error) => this.#tell('error', error),
      onLost: (isHungUp) => this.#call === call && this.#reconnect(isHungUp),
      reader: mode !== 'sealed' && channelReader({
        send: (event) => call.send(event),
        isHeld: () => mode !== 'client_secret' || this.#view?.control === 'full',
        run: (item) => this.#relay(item, call),
        onCaption: (...caption) => this.#caption(...caption),
        onCall: (item) => this.#note(item),
      }),
    });
    // Closed last: to the server a call's end is the end.
    let spare = this.#call;
    this.#call = call;
    this.secretExpiresAt = secret.expires_at * 1000;
    try {
      const callId = await call.dial(url, secret.value);
      await Promise.all([
        call.connected(),
        // Else nobody could hang it up. The answer may be older than an event.
        mode === 'client_secret' && this.#api.ask('/call', { call_id: callId }, 4),
      ]);
    } catch (error) {
      if (!this.#ending) { [this.#call, spare] = [spare, call]; }
      throw error;
    } finally {
      spare?.close();
    }
    this.#goOn('connected');
  }

  #watch(seconds) {
    const { signal } = this.#stop;
    if (seconds) {
      this.#heart = setInterval(() => this.#api.ask('/heartbeat', {}).catch((error) => this.#check(error)), seconds * 1000);
    }
    addEventListener('offline', () => this.#state === 'connected' && this.#to('reconnecting'), { signal });
    addEventListener('online', () => this.#reconnect(), { signal });
    addEventListener('pagehide', () => {
      this.#api.lastWords();
      this.#release();
    }, { signal });
    this.#api.follow((type, data) => this.#hear(type, data), (error) => this.#check(error), signal);
  }

  #hear(type, data) {
    const [subject, verb] = type.split('.');
    if (subject === 'workflow') {
      this.#see(data);
      if (verb === 'expiring') { this.#tell(verb, data); }
    } else if (subject === 'usage') {
      this.#see({ ...this.#view, usage: data });
      this.#tell(subject, data);
    } else if (data.call_id) {
      this.#note(data);
    } else if (this.#view?.connection.mode === 'sealed' && subject === 'transcript') {
      // Else a data channel brings them.
      this.#caption(data.role, data.item_id, data.text, verb === 'done');
    }
  }

  /** @param {any} shown */
  #see({ client_secret: _, ...view }) {
    this.#view = view;
    // Where a silo died, calls wait.
    this.#call?.reader.settle?.();
    if (view.status === 'ended') {
      this.#ending ??= this.#finish();
    } else if (view.status === 'ending') {
      this.end();
    }
  }

  // The server said no: is it over?
  async #check({ status }) {
    if (/^4/.test(status) && !this.#ending) {
      await this.#api.ask('').then((view) => this.#see(view), ({ code }) => code === 'not_found' && this.#see({ ...this.#view, status: 'ended' }));
    }
  }

  #reconnect(isHungUp = false) {
    if (/connected|reconn/.test(this.#state)) {
      this.#redial ??= this.#dialAgain(isHungUp).finally(() => { this.#redial = undefined; });
    }
  }

  async #dialAgain(isHungUp) {
    // Whoever hangs up says why soon.
    if (isHungUp) { await this.#check({ status: 410 }); }
    if (!this.#ending) { this.#to('reconnecting'); }
    for (let asked = 0; isHungUp && asked < 4 && !this.#ending; asked++) {
      await pause(1_000, this.#stop.signal);
      await this.#check({ status: 410 });
    }
    for (let failures = 0, unclear = 0; !this.#ending; failures++) {
      try {
        return await this.#connect(await this.#api.ask('/client_secret', {}));
      } catch (error) {
        await this.#check(error);
        if (!isHungUp && this.#call?.isAlive && !this.#ending && error.code !== 'offline') {
          // The old one lasts.
          return this.#to('connected');
        }
        // Unless a server says no, a few times more: its application may not have a token now.
        if (!error.isTemporary && (error.status || ++unclear > 3)) {
          return void await this.#giveUp(error);
        }
        await pause(backoff(failures, error), this.#stop.signal);
      }
    }
  }

  // The same call runs once. After a silence a no says nothing of what was done.
  #relay(item, { connection }) {
    let status = 'failed';
    return insist(async () => {
      if (this.#ending || connection.connectionState === 'closed') { throw { status: 410 }; }
      const call = this.#note(await this.#api.ask('/tool_calls', item));
      if (/running|pending/.test(call.status)) { throw { retryAfter: 1 }; }
      return call;
    }, Infinity, this.#stop.signal, ({ code, status: no }) => /^rate/.test(code) || !/^4/.test(no) && (status = 'unknown'))
      .catch(({ code, detail }) => ({ ...item, status, error: detail ?? code }));
  }

  #note(news) {
    const id = news.call_id;
    const before = this.#calls[id];
    const call = this.#calls[id] = { ...before, ...news };
    if (call.status && (call.status !== before?.status || call.arguments !== before.arguments)) {
      this.#tell('tool_call', call);
      if (/pending/.test(call.status) && call.approver !== 'operator') {
        this.#tell('approval', call);
      }
    }
    return call;
  }

  async #decide(id, decision) {
    const { arguments_hash } = this.#calls[id];
    return this.#note(await this.#api.ask(`/tool_calls/${id}/approval`, { decision, arguments_hash }, 3));
  }

  #caption(role, item_id, piece, final) {
    const text = this.#captions[item_id] = final ? piece : (this.#captions[item_id] ?? '') + piece;
    this.#tell('transcript', { role, item_id, text, final });
  }

  async #giveUp(cause) {
    const error = this.#ending ? new VoiceWorkflowError('cancelled') : cause instanceof VoiceWorkflowError ? cause : new VoiceWorkflowError('failed', { cause });
    if (!this.#ending && error.code !== 'workflow_ended') { this.#tell('error', error); }
    await this.end();
    // A microphone may have opened after the end.
    this.#release();
    return error;
  }

  async #end() {
    this.#hush();
    await this.#admission?.catch(() => {});
    if (this.#view) {
      await this.#api.ask('/end', {}, 3).then((view) => { this.#view = view; }, (error) => this.#tell('error', error));
    }
    return this.#finish();
  }

  async #finish() {
    this.#hush();
    if (this.#call?.isAlive) {
      // The server hangs up; else this end closes.
      await Promise.race([this.#call.hungUp, timer(2_000)]);
    }
    this.#release();
    return this.#view;
  }

  #hush() {
    this.#to('ending');
    this.#stop.abort();
    clearInterval(this.#heart);
    this.#tracks.forEach((track) => track.stop());
    this.#player.pause();
  }

  #release() {
    this.#ending ??= Promise.resolve(this.#view);
    this.#hush();
    this.#call?.close();
    this.#call = undefined;
    this.#player.srcObject = null;
    if (this.#state !== 'ended') {
      this.#to('ended');
      this.#tell('ended', this.#view);
    }
  }

  #goOn(state) {
    if (this.#ending) { throw new VoiceWorkflowError('cancelled'); }
    this.#to(state);
  }

  #to(state) {
    if (state !== this.#state && this.#state !== 'ended') {
      this.#tell('state', this.#state = state);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
