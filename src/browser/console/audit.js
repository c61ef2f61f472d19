// What happened in workflows that are over, and what operators did.
import { read } from './api.js';
import { field, link, make, table, tell, when } from './page.js';
import { sayDetail } from './words.js';

const FILTERS = ['workflow', 'owner', 'tenant', 'definition'];

export function showAudit(view, query) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  const given = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  const list = make('div', {}, make('p', { className: 'hint' }, 'Reading…'));
  const form = make('form', { className: 'filters', role: 'search', 'aria-label': 'Filter' },
    ...FILTERS.map((name) => field(name === 'workflow' ? 'Workflow or action' : name[0].toUpperCase() + name.slice(1), make('input', { name, value: filters[name], maxLength: 255, autocomplete: 'off' }))),
    make('button', { type: 'submit' }, 'Show'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = `#/audit?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`;
  });
  view.append(
    make('h1', {}, 'Audit'),
    make('p', { className: 'hint' }, 'What happened in workflows that are over, and what operators did, newest first. What happens in a live workflow is in its timeline.'),
    form, list);

  const asked = new URLSearchParams(given);
  if (query.get('after')) {
    asked.set('after', query.get('after'));
  }

  read(`/audit?${asked}`).then(({ data, next }) => {
    list.replaceChildren(
      data.length ? tableOf(data) : make('p', { className: 'hint' }, 'There is none.'),
      make('p', { className: 'actions' },
        query.get('after') ? link('Newest', `#/audit?${given}`) : null,
        next ? link('Older', `#/audit?${new URLSearchParams([...given, ['after', next]])}`) : null));
  }, tell);
}

const tableOf = (events) => table('Audit events', ['When', 'Trail', 'What', 'Detail', 'Owner', 'Definition'], events.map((event) => [
  when(event.at),
  event.trail.startsWith('wf_') ? link(event.trail, `#/workflows/${event.trail}`) : event.trail,
  event.kind.replaceAll('_', ' '), sayDetail(event.kind, event.detail), event.tenant ? `${event.owner} (${event.tenant})` : event.owner, event.definition,
]));
