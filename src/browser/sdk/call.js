import { VoiceWorkflowError, insist, reach, timer } from './api.js';

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
    if (this.#channel?.readyState === 'open') {
      this.#channel.send(JSON.stringify(event));
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
    for (const { call_id, status, output, error } of await Promise.all(calls.map((call) => run(call)
      .catch(({ code, detail }) => ({ ...call, status: 'failed', error: detail ?? code }))))) {
      // The server may be back meanwhile.
      if (!answered.has(call_id)) {
        send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output: output ?? JSON.stringify({ status, error }) } });
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
