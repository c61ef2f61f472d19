// What happened in workflows that are over, and what operators did.
import { read } from './api.js';
import { addressOf, filterForm, given, link, make, pager, reading, table, tableOrNone, tell, textFilter, when } from './page.js';
import { sayDetail } from './words.js';

const FILTERS = ['workflow', 'owner', 'tenant', 'definition'];

export function showAudit(view, query) {
  const filters = given(Object.fromEntries(FILTERS.map((name) => [name, query.get(name)])));
  const after = query.get('after');
  const list = make('div', {}, reading());
  view.append(
    make('h1', {}, 'Audit'),
    make('p', { className: 'hint' }, 'What happened in workflows that are over, and what operators did, newest first. What happens in a live workflow is in its timeline.'),
    filterForm(
      FILTERS.map((name) => textFilter(name, filters[name] ?? '', 255, name === 'workflow' ? 'Workflow or action' : undefined)),
      (chosen) => addressOf('audit', given(chosen))),
    list);

  read(`/audit?${new URLSearchParams(given({ ...filters, after }))}`).then(
    ({ data, next }) => list.replaceChildren(tableOrNone(data, tableOf), pager('audit', filters, after, next)), tell);
}

const tableOf = (events) => table('Audit events', ['When', 'Trail', 'What', 'Detail', 'Owner', 'Definition'], events.map((event) => [
  when(event.at),
  event.trail.startsWith('wf_') ? link(event.trail, `#/workflows/${event.trail}`) : event.trail,
  event.kind.replaceAll('_', ' '), sayDetail(event.kind, event.detail), event.tenant ? `${event.owner} (${event.tenant})` : event.owner, event.definition,
]));
