// The official client, used as in its own tutorial, with a few handles for the tests.
import { OpenAIRealtimeWebRTC, OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { realtimeServerEventSchema } from './node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs';
import { z } from 'zod';

const known = new Set(realtimeServerEventSchema.options.map((option) => option.shape.type.value));
const state = { events: [], errors: [], toolCalls: [], connection: [], session: null, transport: null };

const getWeather = tool({
  name: 'get_weather',
  description: 'Tells the weather in a city.',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => {
    state.toolCalls.push(city);
    return `sunny in ${city}`;
  },
});

async function connect(kind, url, secret) {
  const agent = new RealtimeAgent({ name: 'tester', instructions: 'Be brief.', tools: [getWeather] });
  const transport = kind === 'webrtc' ? new OpenAIRealtimeWebRTC({ baseUrl: url }) : new OpenAIRealtimeWebSocket({ url });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime-2.1' });
  transport.on('*', (event) => state.events.push(event));
  transport.on('connection_change', (status) => state.connection.push(status));
  session.on('error', (error) => state.errors.push(JSON.stringify(error?.error ?? error)));
  state.session = session;
  state.transport = transport;
  await session.connect({ apiKey: secret });
  return transport.callId ?? null;
}

/** The events that the client's own schemas know but do not accept. */
function refused(events) {
  return events.filter((event) => known.has(event.type)).flatMap((event) => {
    const parsed = realtimeServerEventSchema.safeParse(event);
    return parsed.success ? [] : [`${event.type}: ${parsed.error.message}`];
  });
}

/** How much sound arrived, by the connection's own count. */
async function soundHeard() {
  const stats = await state.transport.connectionState.peerConnection.getStats();
  return [...stats.values()].filter((s) => s.type === 'inbound-rtp' && s.kind === 'audio').reduce((sum, s) => sum + (s.totalAudioEnergy ?? 0), 0);
}

/** An audio-only call, as a page without any client library makes it. */
async function sealedCall(answerOffer) {
  const connection = new RTCPeerConnection();
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  connection.addTrack(microphone.getAudioTracks()[0], microphone);
  await connection.setLocalDescription(await connection.createOffer());
  await new Promise((resolve) => {
    const check = () => connection.iceGatheringState === 'complete' && resolve();
    connection.addEventListener('icegatheringstatechange', check);
    check();
  });
  const answer = await answerOffer(connection.localDescription.sdp);
  await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  state.transport = { connectionState: { peerConnection: connection } };
  connection.addEventListener('connectionstatechange', () => state.connection.push(connection.connectionState));
  return answer;
}

window.lab = {
  state,
  connect,
  refused,
  soundHeard,
  sealedCall,
  say: (text) => state.session.sendMessage(text),
  types: () => state.events.map((event) => event.type),
  transcripts: () => state.events.filter((event) => event.type === 'response.output_audio_transcript.done').map((event) => event.transcript),
};
