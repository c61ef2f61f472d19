// Everybody's workflows, a page at a time, and the order that ends many.
import { read, send, watch } from './api.js';
import { announce, ask, button, choice, field, link, make, reasonField, refresh, table, tell } from './page.js';
import { ageOf, money, moment, ownerOf, STATUSES, statusOf } from './words.js';

const PAGE = 25;
const SHOWN = [['live', 'live'], ...Object.entries(STATUSES), ['', 'all']];
const TARGETS = [['owner', 'an owner'], ['tenant', 'a tenant'], ['definition', 'a definition'], ['tool', 'a tool']];
const BLOCKS = [[0, 'not at all'], [900, '15 minutes'], [3600, 'an hour'], [86400, 'a day']];

export function showWorkflows(view, query) {
  const filters = {
    status: query.get('status') ?? 'live', owner: query.get('owner') ?? '', tenant: query.get('tenant') ?? '', definition: query.get('definition') ?? '',
  };
  const list = make('div', { id: 'list' }, make('p', { className: 'hint' }, 'Reading…'));
  const blocks = make('div', {});
  view.append(
    make('div', { className: 'bar' }, make('h1', {}, 'Workflows'), button('End many…', () => endMany(filters).then(showBlocks), 'danger')),
    filterForm(filters),
    list,
    blocks);

  const asked = new URLSearchParams({ limit: PAGE, ...given(filters) });
  if (query.get('after')) {
    asked.set('after', query.get('after'));
  }

  async function showBlocks() {
    blocks.replaceChildren(...await blocksOf(showBlocks));
  }

  showBlocks().catch(tell);
  return watch(`/workflows?${asked}`, (page) => {
    refresh(list, page.data.length ? tableOf(page) : make('p', { className: 'hint' }, 'There is none.'), pager(filters, query.get('after'), page));
  }, tell);
}

const given = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value));

const addressOf = (filters, after) => `#/workflows?${new URLSearchParams({ ...filters, ...(after ? { after } : {}) })}`;

function filterForm(filters) {
  const form = make('form', { className: 'filters', role: 'search', 'aria-label': 'Filter' },
    field('Status', choice('status', SHOWN, filters.status)),
    ...['owner', 'tenant', 'definition'].map((name) => field(name[0].toUpperCase() + name.slice(1), make('input', { name, value: filters[name], maxLength: 255, autocomplete: 'off' }))),
    make('button', { type: 'submit' }, 'Show'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = addressOf(Object.fromEntries(new FormData(form)));
  });
  return form;
}

const tableOf = (page) => table('Workflows', ['Workflow', 'Owner', 'Definition', 'Mode', 'Status', 'Age', 'Cost', 'Silo'], page.data.map((workflow) => {
  const open = link(workflow.id, `#/workflows/${workflow.id}`);
  open.dataset.key = workflow.id;
  return [
    open, ownerOf(workflow), workflow.definition, workflow.connection.mode, statusOf(workflow), ageOf(workflow),
    money(workflow.usage.cost_usd) + (workflow.usage.estimated ? ' or more' : ''), workflow.silo?.split('@')[0],
  ];
}));

const pager = (filters, after, page) => make('p', { className: 'actions' },
  after ? link('Newest', addressOf(filters)) : null,
  page.next ? link('Older', addressOf(filters, page.next)) : null);

async function blocksOf(again) {
  const { data } = await read('/blocks');
  return data.length === 0 ? [] : [make('section', { className: 'card' },
    make('h2', {}, 'May not start now'),
    make('ul', { className: 'plain' }, data.map(({ until, ...target }) => make('li', {},
      `${targetText(target)}, until ${moment(until)} `,
      button('Allow again', () => send('/blocks/lift', filled(target)).then(again, tell))))))];
}

const filled = (target) => Object.fromEntries(Object.entries(target).filter(([, value]) => value !== null));

const targetText = (target) => Object.entries(filled(target)).map(([kind, value]) => `${kind} ${value}`).join(', ');

async function endMany(filters) {
  const kind = TARGETS.map(([name]) => name).find((name) => filters[name]) ?? 'owner';
  let counts;
  const done = await ask({
    title: 'End many workflows',
    what: 'Every live workflow that matches is ended and its call hung up. This cannot be undone.',
    fields: [
      field('Of', choice('kind', TARGETS, kind)),
      field('Which', make('input', { name: 'which', required: true, maxLength: 255, value: filters[kind] ?? '', autocomplete: 'off' })),
      field('Block new starts for', choice('block', BLOCKS, 0)),
      reasonField(),
    ],
    yes: 'End them all',
    act: async (form) => {
      counts = await send('/revocations', {
        [form.get('kind')]: form.get('which'), block_new_starts_for_seconds: Number(form.get('block')), reason_detail: form.get('reason'),
      });
    },
  });
  if (done) {
    const text = `${counts.revoked} of ${counts.matched} were ended.${counts.failed || !counts.is_complete ? ' Not all could be reached: do it again.' : ''}`;
    announce(text);
    tell(counts.failed || !counts.is_complete ? text : '');
  }
}
