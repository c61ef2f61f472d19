import { VoiceWorkflowError, pause, reach } from './api.js';

const GATHER_MS = 1_000;
const CONNECT_MS = 15_000;
const DISCONNECTED_MS = 4_000;

const when = (target, event, holds) => new Promise((resolve) => {
  const check = () => holds() && resolve(true);
  target.addEventListener(event, check);
  check();
});

export class Call {
  connection = new RTCPeerConnection();
  hungUp;
  #signal;
  #timer = 0;
  #channel;
  #hangUp;

  constructor({ tracks, player, signal, onError, onLost, onEvent }) {
    const { connection } = this;
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
    if (onEvent) {
      this.#channel = connection.createDataChannel('oai-events');
      this.#channel.onmessage = ({ data }) => onEvent(JSON.parse(data));
      this.#channel.onclose = this.#hangUp;
    }
    connection.oniceconnectionstatechange = () => {
      clearTimeout(this.#timer);
      const state = connection.iceConnectionState;
      if (state === 'failed' || state === 'disconnected') {
        // Disconnected may pass.
        this.#timer = setTimeout(onLost, state === 'failed' ? 0 : DISCONNECTED_MS, false);
      }
    };
  }

  get isAlive() { return this.connection.connectionState === 'connected'; }

  async dial(url, secret) {
    const { connection } = this;
    await connection.setLocalDescription();
    // One request carries the offer and all its candidates.
    await Promise.race([when(connection, 'icegatheringstatechange', () => connection.iceGatheringState === 'complete'), pause(GATHER_MS, this.#signal)]);
    const [sdp, location] = await reach(url, {
      method: 'POST',
      body: connection.localDescription?.sdp,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/sdp' },
      signal: this.#signal,
    }, async (response) => [await response.text(), response.headers.get('location')]);
    await connection.setRemoteDescription({ type: 'answer', sdp });
    const { transport } = connection.getSenders()[0];
    when(transport, 'statechange', () => transport?.state === 'closed').then(this.#hangUp);
    return location?.split('/').pop();
  }

  async connected() {
    const { connection } = this;
    await Promise.race([when(connection, 'connectionstatechange', () => !/new|connecting/.test(connection.connectionState)), pause(CONNECT_MS, this.#signal)]);
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

// Reads captions; passes tool calls on and outcomes back, and runs none.
export function channelReader({ send, run, onCaption, onArguments }) {
  let isResponding = false;
  let owesResponse = false;
  let owed = [];

  // All outputs of a response together; then the model goes on.
  const settle = async () => {
    const outputs = owed;
    owed = [];
    for (const item of await Promise.all(outputs)) {
      send({ type: 'conversation.item.create', item });
      owesResponse = true;
    }
    if (owesResponse && !isResponding) {
      owesResponse = false;
      send({ type: 'response.create' });
    }
  };

  const take = ({ call_id, name, arguments: json }) => {
    onArguments(call_id, json);
    const running = run({ call_id, name, arguments: json });
    if (running) {
      owed.push(running
        .then(({ status, output, error }) => output ?? JSON.stringify({ status, error }))
        .catch(({ code, detail }) => JSON.stringify({ status: 'failed', error: detail ?? code }))
        .then((output) => ({ type: 'function_call_output', call_id, output })));
    }
  };

  return ({ type, item, item_id: id, delta, transcript, text }) => {
    if (/^response\.output_(audio_transcript|text)\./.test(type)) {
      onCaption('assistant', id, delta ?? transcript ?? text, type.endsWith('done'));
    } else if (/input_audio_transcription\.(delta|completed)$/.test(type)) {
      onCaption('user', id, delta ?? transcript, type.endsWith('completed'));
    } else if (type === 'input_audio_buffer.committed') {
      // The words come later than the answer to them: this keeps their place.
      onCaption('user', id, '', false);
    } else if (type === 'response.output_item.done' && item.type === 'function_call' && item.status === 'completed') {
      take(item);
    } else if (type === 'response.created') {
      isResponding = true;
    } else if (type === 'response.done') {
      isResponding = false;
      settle();
    }
  };
}

export async function openMicrophone(wishes) {
  if (!navigator.mediaDevices || !window.RTCPeerConnection) {
    throw new VoiceWorkflowError('unsupported');
  }
  try {
    return (await navigator.mediaDevices.getUserMedia({ audio: wishes ?? true })).getTracks();
  } catch (cause) {
    throw new VoiceWorkflowError(`microphone_${cause.name === 'NotAllowedError' ? 'denied' : cause.name === 'NotFoundError' ? 'missing' : 'busy'}`, { cause });
  }
}
