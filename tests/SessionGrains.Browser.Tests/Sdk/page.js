// A page that uses the SDK, and counts what the SDK holds.
const live = { timers: new Set(), connections: [], tracks: [], order: [], views: [], heard: [] };

const { setTimeout: plainTimeout, clearTimeout: plainClear, setInterval: plainInterval, clearInterval: plainClearInterval, fetch: plainFetch } = window;
window.setTimeout = (act, ms, ...rest) => {
  const id = plainTimeout((...args) => { live.timers.delete(id); act(...args); }, ms, ...rest);
  live.timers.add(id);
  return id;
};
window.clearTimeout = (id) => { live.timers.delete(id); plainClear(id); };
window.setInterval = (act, ms) => { const id = plainInterval(act, ms); live.timers.add(id); return id; };
window.clearInterval = (id) => { live.timers.delete(id); plainClearInterval(id); };
window.fetch = (url, init) => { live.order.push(`${init?.method ?? 'GET'} ${new URL(url, location).pathname.replace(/wf_\w+/, 'wf')}`); return plainFetch(url, init); };

window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); live.connections.push(this); }
  createDataChannel(...args) {
    const channel = super.createDataChannel(...args);
    channel.addEventListener('message', ({ data }) => live.heard.push(data));
    return channel;
  }
  close() { live.order.push('close'); super.close(); }
};
const openMicrophone = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  live.order.push('microphone');
  if (window.microphone) { await window.microphone(); }
  const stream = await openMicrophone(wishes);
  live.tracks.push(...stream.getTracks());
  return stream;
};

const { VoiceWorkflow, VoiceWorkflowError } = await import('/sdk/index.js');
const log = [];

function begin(options) {
  const on = {};
  for (const type of ['state', 'tool_call', 'approval', 'transcript', 'usage', 'expiring', 'ended', 'error']) {
    on[type] = (detail) => live.views.push(JSON.stringify(lab.workflow?.workflow)) && log.push({ type, detail: detail instanceof Error ? { code: detail.code, message: detail.message } : detail });
  }
  lab.workflow = new VoiceWorkflow({ ...options, on });
  lab.started = lab.workflow.start().then(
    () => 'started',
    (error) => { lab.error = error; return error instanceof VoiceWorkflowError ? error.code : String(error); });
}

/** Sound in both directions, by the connection's own count. */
async function sound() {
  const stats = [...(await lab.workflow.connection.getStats()).values()];
  const sum = (type, member) => stats.filter((s) => s.type === type && s.kind === 'audio').reduce((all, s) => all + (s[member] ?? 0), 0);
  return { heard: sum('inbound-rtp', 'totalAudioEnergy'), sent: sum('outbound-rtp', 'packetsSent') };
}

const lab = window.lab = {
  live,
  log,
  begin,
  sound,
  workflow: null,
  error: null,
  of: (type) => log.filter((entry) => entry.type === type).map((entry) => entry.detail),
  heard: (what) => live.heard.filter((event) => event.includes(`"${what}"`)).length,
  isReleased: () => live.timers.size === 0 && live.connections.every((c) => c.connectionState === 'closed') && live.tracks.every((t) => t.readyState === 'ended'),
};
