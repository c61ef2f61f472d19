// One workflow: what it is, what happened in it, what waits for somebody's yes, and its end.
import { send, watch } from './api.js';
import { ageOf, announce, ask, button, card, facts, link, make, reading, reasonField, refresh, table, tell, when } from './page.js';
import { CONTROLS, duration, HANG_UPS, money, moment, ownerOf, sayDetail, statusOf } from './words.js';

export function showWorkflow(view, id) {
  const body = make('div', {}, reading());
  const revoke = button('Revoke…', () => revokeOne(id), 'danger');
  revoke.hidden = true;
  view.append(
    make('p', {}, link('Workflows', '#/workflows')),
    make('div', { className: 'bar' }, make('h1', { className: 'id' }, id), revoke),
    body);
  return watch(`/workflows/${encodeURIComponent(id)}`, (workflow) => {
    revoke.hidden = ['ending', 'ended'].includes(workflow.status);
    refresh(body, ...workflow.approvals.map((call) => approvalOf(id, call)), make('div', { className: 'columns' }, factsOf(workflow), usageOf(workflow)), timelineOf(workflow));
  }, (error) => body.replaceChildren(make('p', { role: 'alert' }, error.message)));
}

const factsOf = (workflow) => card('Workflow', facts([
  ['Status', statusOf(workflow)],
  ['Owner', ownerOf(workflow)],
  ['Issuer', workflow.owner.issuer],
  ['Definition', `${workflow.definition}, version ${workflow.definition_version}`],
  ['Mode', workflow.connection.mode],
  ['Call', workflow.connection.call_id],
  ['Held by the server', workflow.status === 'ended' ? null : CONTROLS[workflow.control]],
  ['Silo', workflow.silo],
  ['Started', moment(workflow.created_at)],
  [workflow.ended_at ? 'Lasted' : 'Age', ageOf(workflow)],
  [workflow.ended_at ? 'Was due' : 'Ends at the latest', moment(workflow.expires_at)],
  ['Ended', moment(workflow.ended_at)],
  ['Hang-up', HANG_UPS[workflow.hangup]],
  ['Reason given', workflow.reason_detail],
]));

function usageOf({ usage, policy }) {
  const part = policy.max_cost_usd ? usage.cost_usd / policy.max_cost_usd : null;
  return card('Usage',
    facts([
      ['Cost', `${money(usage.cost_usd)}${usage.estimated ? ' or more' : ''}${policy.max_cost_usd ? ` of ${money(policy.max_cost_usd)}` : ''}`],
      ['Responses', String(usage.responses)],
      ['Tool calls', `${usage.tool_calls} of ${policy.max_tool_calls}`],
      ['Tokens in, of which audio', `${usage.input_tokens}, ${usage.audio_input_tokens}`],
      ['Tokens out, of which audio', `${usage.output_tokens}, ${usage.audio_output_tokens}`],
      ['Model', policy.model],
      ['Longest', duration(policy.max_duration_seconds * 1000)],
      ['Tools', policy.tools.map(({ name }) => name).join(', ')],
    ]),
    part === null ? null : make('progress', { 'aria-label': 'Budget used', max: 1, value: Math.min(1, part) }));
}

const timelineOf = (workflow) => card('Timeline',
  table('Timeline', ['When', 'What', 'Detail'], workflow.timeline.map(({ at, kind, detail }) => [when(at), kind.replaceAll('_', ' '), sayDetail(kind, detail)])));

function approvalOf(id, call) {
  const decide = (decision) => send(`/workflows/${id}/tool_calls/${encodeURIComponent(call.call_id)}/approval`, { decision, arguments_hash: call.arguments_hash })
    .then(() => announce(decision === 'approve' ? 'Allowed.' : 'Not allowed.'), tell);
  const allow = button('Allow', () => decide('approve'), 'primary');
  allow.dataset.key = `allow ${call.call_id}`;
  const deny = button('Don’t allow', () => decide('deny'));
  deny.dataset.key = `deny ${call.call_id}`;
  const isUsers = call.approver === 'user';
  return make('section', { className: 'card ask' },
    make('h2', {}, `${call.name} waits for ${isUsers ? 'its user’s' : 'a'} yes`),
    make('p', {}, `Asked at ${moment(call.created_at)}; without an answer by ${moment(call.approve_by)} it is denied.`),
    make('pre', {}, call.arguments),
    isUsers ? null : make('p', { className: 'actions' }, allow, deny));
}

const revokeOne = (id) => ask({
  title: 'Revoke this workflow',
  what: 'It ends now, and its call is hung up. This cannot be undone.',
  fields: [reasonField()],
  yes: 'Revoke',
  act: (form) => send(`/workflows/${id}/revoke`, { reason_detail: form.get('reason') }),
});
