// Every sentence that the page says about what happens.

export const STATES = {
  idle: 'Ready',
  requesting_microphone: 'Please allow the microphone',
  starting: 'Asking the server for permission',
  connecting: 'Connecting the call',
  connected: 'Connected. You can speak.',
  reconnecting: 'The connection broke. Connecting again',
  ending: 'Hanging up',
  ended: 'The conversation is over',
};

export const MODES = {
  sealed: ['Sealed', 'The server makes the call. This page can send and hear sound, and nothing else. The strictest mode.'],
  brokered: ['Brokered', 'The server makes the call and guards it. This page also has a data channel, for captions at once.'],
  client_secret: ['Client secret', 'This page calls OpenAI itself with a secret that lives for seconds. The policy is advice until the server holds the call.'],
};

export const END_REASONS = {
  completed: 'The task was done.',
  user_ended: 'You ended it.',
  never_connected: 'No call was made in time.',
  max_duration: 'The time for one conversation was up.',
  idle: 'Nobody said anything for a while.',
  heartbeat_lost: 'The server lost sight of this page.',
  call_ended: 'The call was closed at the other end.',
  revoked: 'An operator ended it.',
  superseded: 'A newer conversation of yours took its place.',
  budget_exhausted: 'Its budget was used up.',
  policy_violation: 'Something happened that its policy does not allow.',
  control_lost: 'The server could not hold the call any more.',
  failed: 'Something failed on the server.',
};

export const HANG_UPS = {
  confirmed: 'hung up by the server',
  already_gone: 'was over already',
  unverified: 'not confirmed yet',
  not_needed: 'there was no call',
};

export const CONTROLS = { full: 'fully', degraded: 'can hang up', none: 'no call yet' };

export const TOOL_STATUSES = {
  running: 'running on the server',
  pending_approval: 'waits for approval',
  completed: 'done',
  failed: 'failed',
  denied: 'not allowed',
  timed_out: 'took too long',
  unknown: 'outcome unknown',
};

export const NEVER_SEEN = [
  'The OpenAI key: it stays on the server.',
  'The instructions to the model.',
  'The tools’ parameters, addresses and credentials: the server runs them.',
];

export const money = (usd) => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** JSON in a form to read; whatever else it is, as it is. */
export function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1).replace(/\n\s*/g, ' ');
  } catch {
    return text;
  }
}
