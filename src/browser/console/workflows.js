// Everybody's workflows, a page at a time, and the order that ends many.
import { read, send, watch } from './api.js';
import {
  addressOf, ageOf, announce, ask, button, choice, field, filterForm, given, link, make, pager, reading, reasonField, refresh, table, tableOrNone, tell, textFilter,
} from './page.js';
import { money, moment, ownerOf, STATUSES, statusOf } from './words.js';

const PAGE = 25;
const LOOK_AT_BLOCKS = 10_000;
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
    refresh(blocks, ...await blocksOf(showBlocks));
  }

  showBlocks().catch(tell);
  // Another operator's, too. While they cannot be read the list below says that the connection is lost.
  const looking = setInterval(() => showBlocks().catch(() => {}), LOOK_AT_BLOCKS);
  const asked = new URLSearchParams({ limit: PAGE, ...given({ ...filters, after }) });
  const leave = watch(`/workflows?${asked}`, ({ data, next, silent = [] }) =>
    refresh(list, tableOrNone(data, tableOf), silentOf(silent), pager('workflows', filters, after, next)), tell);
  return () => {
    clearInterval(looking);
    leave();
  };
}

const tableOf = (workflows) => table('Workflows', ['Workflow', 'Owner', 'Definition', 'Mode', 'Status', 'Age', 'Cost', 'Silo'], workflows.map((workflow) => {
  const open = link(workflow.id, `#/workflows/${workflow.id}`);
  open.dataset.key = workflow.id;
  return [
    open, ownerOf(workflow), workflow.definition, workflow.connection.mode, statusOf(workflow) + (workflow.hangup === 'unverified' ? ', hang-up not confirmed' : ''), ageOf(workflow),
    money(workflow.usage.cost_usd) + (workflow.usage.estimated ? ' or more' : ''), workflow.silo?.split('@')[0],
  ];
}));

const silentOf = (ids) => (ids.length === 0 ? '' : make('p', {}, 'Of this page these do not answer now, as while a silo is frozen: ', ids.flatMap((id) => [link(id, `#/workflows/${id}`), ' '])));

async function blocksOf(again) {
  const { data } = await read('/blocks');
  return data.length === 0 ? [] : [make('section', { className: 'card' },
    make('h2', {}, 'May not start now'),
    make('ul', { className: 'plain' }, data.map(({ until, ...target }) => make('li', {}, `${targetText(target)}, until ${moment(until)} `, liftButton(target, again)))))];
}

function liftButton(target, again) {
  const lift = button('Allow again', () => send('/blocks/lift', filled(target)).then(again).catch(tell));
  lift.dataset.key = targetText(target);
  return lift;
}

const filled = (target) => Object.fromEntries(Object.entries(target).filter(([, value]) => value !== null));

const targetText = (target) => Object.entries(filled(target)).map(([kind, value]) => `${kind} ${value}`).join(', ');

async function endMany(filters) {
  const of = choice('kind', TARGETS, TARGETS.map(([name]) => name).find((name) => filters[name]) ?? 'owner');
  const tenant = make('input', { name: 'tenant', maxLength: 255, value: filters.tenant, autocomplete: 'off' });
  const within = field('Only in the tenant; without one, in all of them', tenant);
  // People of two tenants may have the same name; nothing else can be narrowed.
  const narrow = () => {
    within.hidden = tenant.disabled = of.value !== 'owner';
  };
  of.addEventListener('change', narrow);
  narrow();
  let counts;
  const done = await ask({
    title: 'End many workflows',
    what: 'Every live workflow that matches what is said here, on this page of the list or not, is ended and its call hung up. This cannot be undone.',
    fields: [
      field('Of', of),
      field('Which', make('input', { name: 'which', required: true, maxLength: 255, value: filters[of.value] ?? '', autocomplete: 'off' })),
      within,
      field('Block new starts for', choice('block', BLOCKS, 0)),
      reasonField(),
    ],
    yes: 'End them all',
    act: async (form) => {
      counts = await send('/revocations', given({
        tenant: form.get('tenant'),
        [form.get('kind')]: form.get('which'),
        block_new_starts_for_seconds: Number(form.get('block')),
        reason_detail: form.get('reason'),
      }));
    },
  });
  if (done) {
    announce(`${counts.revoked} of ${counts.matched} were ended.`);
    tell(counts.failed || !counts.is_complete ? 'Not all could be reached: do it again.' : '');
  }
}
