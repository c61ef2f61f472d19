// The card that asks the person before a tool runs. One at a time, the oldest first.
import { announce } from './talk.js';
import { duration, readable } from './words.js';

const find = (id) => document.getElementById(id);
const card = find('approval');
const waiting = new Map();
let asked = null;
let focusBefore = null;

/** Asks for a yes or a no. */
export function askApproval(call, decide) {
  waiting.set(call.call_id, { call, decide });
  show();
}

/** Takes in how a tool call stands: once it is decided nobody is asked any more. */
export function noteApproval(call) {
  if (call.status !== 'pending_approval' && waiting.delete(call.call_id)) {
    show();
  }
}

export function clearApprovals() {
  waiting.clear();
  show();
}

export function tickApproval(now) {
  const by = asked?.call.approve_by;
  find('approval-time').textContent = by ? `Time to decide: ${duration(Date.parse(by) - now)}` : '';
}

function show() {
  const next = waiting.values().next().value ?? null;
  const isNew = next?.call.call_id !== asked?.call.call_id;
  asked = next;
  card.hidden = !next;
  if (!next) {
    if (isNew) {
      focusBefore?.focus();
    }
    return;
  }
  const { call } = next;
  find('approval-title').textContent = `May the server run ${call.name}?`;
  find('approval-what').textContent = call.arguments ? 'The voice asks for it with:' : 'The voice asks for it. Its details stay on the server in this mode.';
  find('approval-arguments').hidden = !call.arguments;
  find('approval-arguments').textContent = readable(call.arguments ?? '');
  tickApproval(Date.now());
  if (isNew) {
    find('approve').disabled = find('deny').disabled = false;
    focusBefore = document.activeElement;
    announce(`${find('approval-title').textContent} Please decide.`);
    find('approval-title').focus({ preventScroll: true });
    card.scrollIntoView({ block: 'nearest' });
  }
}

for (const decision of ['approve', 'deny']) {
  find(decision).addEventListener('click', async () => {
    find('approve').disabled = find('deny').disabled = true;
    const { call, decide } = asked;
    await decide(decision, call.call_id);
    find('approve').disabled = find('deny').disabled = false;
  });
}
