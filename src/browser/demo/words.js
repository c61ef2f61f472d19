// Every sentence that the page says about what happens.

export const STATES = {
  idle: 'Ready',
  requesting_microphone: 'Please allow the microphone',
  starting: 'Asking the server for permission',
  connecting: 'Connecting the call',
  connected: 'Connected. You can speak.',
  muted: 'Connected. You are muted.',
  reconnecting: 'The connection broke. Connecting again',
  offline: 'You are offline. Waiting for the network',
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
  unverified: 'not confirmed by OpenAI',
  not_needed: 'there was no call',
};

/** Ends without a reason: what is said of them, and of their calls. */
export const VANISHED = ['It does not exist any more.', 'closed by this page'];
export const UNTOLD = ['It is over on this page. The server could not be told, and will notice.', 'closed by this page'];

export const CONTROLS = { full: 'fully', degraded: 'by its id only', none: 'no call yet' };

const TOOL_STATUSES = {
  running: 'running on the server',
  pending_approval: 'waits for approval',
  completed: 'done',
  failed: 'failed',
  denied: 'not allowed',
  timed_out: 'took too long',
  unknown: 'outcome unknown',
};

/** Where a tool call is. */
export const standing = ({ status, approver }) => (status === 'pending_approval' && approver === 'operator'
  ? 'waits for an operator’s approval' : TOOL_STATUSES[status] ?? status);

// With a data channel a page can read the session, so the promise is smaller there.
const KEY = 'The OpenAI key: it stays on the server.';
const TOOLS = 'The tools’ addresses and credentials: the server runs them.';
export const NEVER_SEEN = {
  sealed: [KEY, 'The instructions to the model.', 'The tools’ parameters.', TOOLS],
  brokered: [KEY, TOOLS],
  client_secret: [KEY, TOOLS],
};

export const money = (usd) => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** JSON in a form to read: a plain object line by line. Whatever else it is, as it is. */
export function readable(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value && !Array.isArray(value)
      ? Object.entries(value).map(([name, each]) => `${name}: ${typeof each === 'string' ? each : JSON.stringify(each)}`).join('\n')
      : JSON.stringify(value);
  } catch {
    return text;
  }
}
