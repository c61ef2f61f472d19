// What is left, what it costs, what this browser holds and what it does not.
import { make } from './talk.js';
import { CONTROLS, END_REASONS, HANG_UPS, MODES, NEVER_SEEN, UNTOLD, VANISHED, duration, money } from './words.js';

const MINUTE_MS = 60_000;

const find = (id) => document.getElementById(id);
let shownMode = '';

/** A list of terms; without values that are empty. */
function listFacts(list, facts) {
  list.replaceChildren(...facts.filter(([, value]) => value).map(([term, value]) => {
    const row = make('div');
    row.append(make('dt', '', term), make('dd', '', value));
    return row;
  }));
}

export function tickFacts({ workflow, secretExpiresAt, connection }, now) {
  find('hurry').textContent = '';
  if (!workflow) {
    return;
  }
  const { policy, usage } = workflow;
  const left = Date.parse(workflow.expires_at) - now;
  find('time-left').textContent = duration(left);
  find('hurry').textContent = left < MINUTE_MS ? `${duration(left)} left` : '';
  find('time-bar').value = 1 - Math.max(0, left) / (policy.max_duration_seconds * 1000);
  find('cost').textContent = policy.max_cost_usd > 0 ? `${money(usage.cost_usd)} of ${money(policy.max_cost_usd)}` : money(usage.cost_usd);
  find('cost-bar').hidden = !(policy.max_cost_usd > 0);
  find('cost-bar').value = usage.budget_used ?? (policy.max_cost_usd > 0 ? usage.cost_usd / policy.max_cost_usd : 0);
  find('tool-count').textContent = `${usage.tool_calls} of ${policy.max_tool_calls}`;
  find('control').textContent = CONTROLS[workflow.control];

  const secretLeft = secretExpiresAt - now;
  const secret = !secretExpiresAt ? '' : secretLeft > 0 ? `used once and not kept; expires in ${Math.ceil(secretLeft / 1000)} s` : 'none; the last one has expired';
  const { mode } = workflow.connection;
  if (shownMode !== mode) {
    shownMode = mode;
    find('never').replaceChildren(...NEVER_SEEN[mode].map((text) => make('li', '', text)));
  }
  listFacts(find('holds'), [
    ['Secret', secret],
    ['Mode', MODES[mode][0]],
    ['Data channel', connection ? (mode === 'sealed' ? 'none, sound only' : 'yes: this page can read the instructions there') : ''],
    ['Model and voice', [policy.model, policy.voice].filter(Boolean).join(', ')],
    ['Tools', policy.tools.map((tool) => tool.name + (tool.requires_approval ? ' (asks first)' : '')).join(', ') || 'none'],
    ['Ends after', [`${duration(policy.max_duration_seconds * 1000)} min`, policy.idle_timeout_seconds ? `${policy.idle_timeout_seconds} s of silence` : ''].filter(Boolean).join(', or ')],
  ]);
}

export function showEnd(workflow) {
  find('over-title').textContent = 'The conversation is over';
  // Without a reason it is over for this page only: the server does not know it any more, or does not know of the end yet.
  const [why, call] = workflow.end_reason ? [END_REASONS[workflow.end_reason], HANG_UPS[workflow.hangup]] : workflow.status === 'ended' ? VANISHED : UNTOLD;
  find('over-why').textContent = why;
  listFacts(find('over-facts'), [
    ['Lasted', workflow.ended_at ? duration(Date.parse(workflow.ended_at) - Date.parse(workflow.created_at)) : ''],
    ['Cost', `${money(workflow.usage.cost_usd)}${workflow.usage.estimated ? ' (estimated)' : ''}`],
    ['Tool calls', String(workflow.usage.tool_calls)],
    ['The call', call ?? 'is being hung up'],
  ]);
}
