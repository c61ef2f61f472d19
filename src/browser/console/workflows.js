// Everybody's workflows, a page at a time, and the order that ends many.
import { read, send, watch } from './api.js';
import {
  addressOf, announce, ask, button, choice, field, filterForm, given, link, make, pager, reading, reasonField, refresh, table, tableOrNone, tell, textFilter,
} from './page.js';
import { ageOf, money, moment, ownerOf, STATUSES, statusOf } from './words.js';

const PAGE = 25;
const SHOWN = [['live', 'live'], ...Object.entries(STATUSES), ['', 'all']];
const TEXTS = ['owner', 'tenant', 'definition'];
const TARGETS = [['owner', 'an owner'], ['tenant', 'a tenant'], ['definition', 'a definition'], ['tool', 'a tool']];
const BLOCKS = [[0, 'not at all'], [900, '15 minutes'], [3600, 'an hour'], [86400, 'a day']];

export function showWorkflows(view, query) {
  const filters = {
    status: query.get('status') ?? 'live', owner: query.get('owner') ?? '', tenant: query.get('tenant') ?? '', definition: query.get('definition') ?? '',
  };
  const list = make('div', { id: 'list' }, reading());
  const after = query.get('after');
  const blocks = make('div', {});
  view.append(
    make('div', { className: 'bar' }, make('h1', {}, 'Workflows'), button('End many…', () => endMany(filters).then(showBlocks), 'danger')),
    filterForm(
      [['Status', choice('status', SHOWN, filters.status)], ...TEXTS.map((name) => textFilter(name, filters[name], 255))],
      (chosen) => addressOf('workflows', chosen)),
    list,
    blocks);

  async function showBlocks() {
    blocks.replaceChildren(...await blocksOf(showBlocks));
  }

  showBlocks().catch(tell);
  const asked = new URLSearchParams({ limit: PAGE, ...given({ ...filters, after }) });
  return watch(`/workflows?${asked}`, ({ data, next }) => refresh(list, tableOrNone(data, tableOf), pager('workflows', filters, after, next)), tell);
}

const tableOf = (workflows) => table('Workflows', ['Workflow', 'Owner', 'Definition', 'Mode', 'Status', 'Age', 'Cost', 'Silo'], workflows.map((workflow) => {
  const open = link(workflow.id, `#/workflows/${workflow.id}`);
  open.dataset.key = workflow.id;
  return [
    open, ownerOf(workflow), workflow.definition, workflow.connection.mode, statusOf(workflow), ageOf(workflow),
    money(workflow.usage.cost_usd) + (workflow.usage.estimated ? ' or more' : ''), workflow.silo?.split('@')[0],
  ];
}));

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
