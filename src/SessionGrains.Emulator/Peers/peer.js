// The answering end of the emulator's calls: a browser's own WebRTC stack, steered over one WebSocket.
// The emulator decides what is said; this page only carries events, makes a tone, and tells when it hears something.

const LOUD_ENOUGH = 0.01;
const SILENCE_MS = 600;
const LISTEN_MS = 50;
const LAST_WORDS_MS = 100;

const calls = new Map();
const audio = new AudioContext();
const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/_emulator/peer`);
const tell = (type, callId, rest = {}) => {
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type, call_id: callId, ...rest }));
  }
};
const show = (text) => { document.getElementById('state').textContent = text; };

document.getElementById('sound').addEventListener('click', () => audio.resume());
socket.addEventListener('open', () => show('ready'));
socket.addEventListener('close', () => {
  show('the emulator is gone; reload to try again');
  for (const callId of [...calls.keys()]) { end(callId); }
});
socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  const call = calls.get(message.call_id);
  switch (message.type) {
    case 'offer': answer(message).catch((error) => { tell('failed', message.call_id, { message: String(error) }); end(message.call_id); }); break;
    case 'event': if (call?.channel?.readyState === 'open') { call.channel.send(message.event); } break;
    case 'speak': if (call) { tone(call, message.ms); } break;
    case 'hush': if (call) { hush(call); } break;
    // What was sent just before, such as the news that the session expired, must still arrive.
    case 'close': setTimeout(goodbye, LAST_WORDS_MS, message.call_id); break;
  }
});

async function answer({ call_id: callId, sdp }) {
  const connection = new RTCPeerConnection();
  const gain = audio.createGain();
  const out = audio.createMediaStreamDestination();
  const oscillator = audio.createOscillator();
  gain.gain.value = 0;
  oscillator.frequency.value = 440;
  oscillator.connect(gain).connect(out);
  oscillator.start();

  const item = document.createElement('li');
  item.textContent = callId;
  document.getElementById('calls').append(item);
  const call = { connection, gain, oscillator, item, channel: null, listening: 0, player: null };
  calls.set(callId, call);

  connection.addEventListener('datachannel', ({ channel }) => {
    call.channel = channel;
    channel.addEventListener('message', ({ data }) => tell('event', callId, { event: data }));
    channel.addEventListener('close', () => left(callId));
    if (channel.readyState === 'open') { tell('opened', callId); } else { channel.addEventListener('open', () => tell('opened', callId)); }
  });
  connection.addEventListener('track', ({ track, streams }) => listen(callId, call, streams[0] ?? new MediaStream([track])));
  connection.addEventListener('connectionstatechange', () => {
    item.textContent = `${callId}: ${connection.connectionState}`;
    if (['failed', 'closed'].includes(connection.connectionState)) { left(callId); }
  });

  await connection.setRemoteDescription({ type: 'offer', sdp });
  connection.addTrack(out.stream.getAudioTracks()[0], out.stream);
  await connection.setLocalDescription(await connection.createAnswer());
  // Where there is no channel to close, the end of the encryption is the first sign that the browser has left.
  const { transport } = connection.getSenders()[0];
  transport?.addEventListener('statechange', () => transport.state === 'closed' && left(callId));
  await gathered(connection);
  tell('answer', callId, { sdp: connection.localDescription.sdp });
}

// One POST carries the whole answer, so all candidates must be in it.
function gathered(connection) {
  return new Promise((resolve) => {
    const check = () => { if (connection.iceGatheringState === 'complete') { resolve(); } };
    connection.addEventListener('icegatheringstatechange', check);
    check();
  });
}

function tone(call, ms) {
  const now = audio.currentTime;
  call.gain.gain.cancelScheduledValues(now);
  call.gain.gain.setValueAtTime(0.3, now);
  call.gain.gain.setValueAtTime(0, now + ms / 1000);
}

function hush(call) {
  call.gain.gain.cancelScheduledValues(audio.currentTime);
  call.gain.gain.setValueAtTime(0, audio.currentTime);
}

function listen(callId, call, stream) {
  // A remote stream reaches Web Audio only while some element plays it.
  call.player = new Audio();
  call.player.muted = true;
  call.player.srcObject = stream;
  call.player.play().catch(() => {});

  const analyser = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let speaking = false;
  let loudAt = 0;
  let startedAt = 0;
  call.listening = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
    const now = performance.now();
    if (loudness > LOUD_ENOUGH) {
      loudAt = now;
      if (!speaking) { speaking = true; startedAt = now; tell('speech_started', callId); }
    } else if (speaking && now - loudAt > SILENCE_MS) {
      speaking = false;
      tell('speech_stopped', callId, { ms: Math.round(now - startedAt) });
    }
  }, LISTEN_MS);
}

// The other end sees a channel that closes before the connection does, not one that breaks.
function goodbye(callId) {
  calls.get(callId)?.channel?.close();
  setTimeout(end, LAST_WORDS_MS, callId);
}

function left(callId) {
  if (end(callId)) { tell('closed', callId); }
}

function end(callId) {
  const call = calls.get(callId);
  if (!call) { return false; }
  calls.delete(callId);
  clearInterval(call.listening);
  call.oscillator.stop();
  if (call.player) { call.player.srcObject = null; }
  call.connection.close();
  call.item.remove();
  return true;
}
