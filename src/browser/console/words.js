// How the console says things.

export const STATUSES = {
  ready: 'waiting for its call', connecting: 'connecting', active: 'in a call', ending: 'hanging up', ended: 'ended',
};

export const END_REASONS = {
  completed: 'done', user_ended: 'ended by its user', never_connected: 'never connected', max_duration: 'time was up', idle: 'silence',
  heartbeat_lost: 'page lost', call_ended: 'call closed', revoked: 'revoked', superseded: 'superseded', budget_exhausted: 'budget used up',
  policy_violation: 'policy violated', control_lost: 'control lost', failed: 'failed',
};

export const HANG_UPS = {
  confirmed: 'hung up, confirmed', already_gone: 'was over already', unverified: 'not confirmed', not_needed: 'no call',
};

export const CONTROLS = { full: 'fully', degraded: 'can only be hung up', none: 'no call' };

export const money = (usd) => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return hours ? `${hours}:${rest}` : rest;
}

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
export const moment = (at) => (at ? FULL.format(new Date(at)) : null);

export const statusOf = (workflow) =>
  (workflow.status === 'ended' ? `ended: ${END_REASONS[workflow.end_reason] ?? workflow.end_reason}` : STATUSES[workflow.status] ?? workflow.status);

export const ownerOf = ({ owner }) => (owner.tenant ? `${owner.subject} (${owner.tenant})` : owner.subject);

/** What a trail holds as identifiers, in words where it is the reason of an end. */
export function sayDetail(kind, detail) {
  const name = detail?.replace(/[A-Z]/g, (letter, at) => `${at ? '_' : ''}${letter.toLowerCase()}`);
  return kind === 'ending' && Object.hasOwn(END_REASONS, name) ? END_REASONS[name] : detail;
}
