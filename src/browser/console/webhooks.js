// What webhook endpoints were told, and are to be told; and the order to tell one once more.
import { send, watch } from './api.js';
import { announce, ask, button, choice, field, link, make, reasonField, refresh, table, tell, when } from './page.js';

const PAGE = 25;
const STATUSES = [['', 'all'], ['pending', 'waiting'], ['delivered', 'delivered'], ['given_up', 'given up']];

export function showWebhooks(view, query) {
  const filters = { status: query.get('status') ?? '', endpoint: query.get('endpoint') ?? '', workflow: query.get('workflow') ?? '' };
  const given = Object.entries(filters).filter(([, value]) => value);
  const list = make('div', {}, make('p', { className: 'hint' }, 'Reading…'));
  const form = make('form', { className: 'filters', role: 'search', 'aria-label': 'Filter' },
    field('Status', choice('status', STATUSES, filters.status)),
    field('Endpoint', make('input', { name: 'endpoint', value: filters.endpoint, maxLength: 64, autocomplete: 'off' })),
    field('Workflow', make('input', { name: 'workflow', value: filters.workflow, maxLength: 64, autocomplete: 'off' })),
    make('button', { type: 'submit' }, 'Show'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = `#/webhooks?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`;
  });
  view.append(make('h1', {}, 'Webhooks'), form, list);

  const after = query.get('after');
  return watch(`/webhooks/deliveries?${new URLSearchParams([['limit', PAGE], ...given, ...(after ? [['after', after]] : [])])}`, ({ data, next }) => refresh(
    list,
    data.length ? tableOf(data) : make('p', { className: 'hint' }, 'There is none.'),
    make('p', { className: 'actions' },
      after ? link('Newest', `#/webhooks?${new URLSearchParams(given)}`) : null,
      next ? link('Older', `#/webhooks?${new URLSearchParams([...given, ['after', next]])}`) : null)), tell);
}

const tableOf = (deliveries) => table(
  'Webhooks', ['When', 'Event', 'Endpoint', 'Workflow', 'Status', 'Attempts', 'Last answer', 'Next attempt', 'Order'], deliveries.map((delivery) => [
    when(delivery.created_at), delivery.type, delivery.endpoint, link(delivery.workflow_id, `#/workflows/${delivery.workflow_id}`),
    Object.fromEntries(STATUSES)[delivery.status] ?? delivery.status, String(delivery.attempts), delivery.error ?? delivery.answer_status?.toString(), when(delivery.next_attempt_at),
    orderOf(delivery),
  ]));

function orderOf(delivery) {
  const made = button('Send again…', () => sendAgain(delivery));
  made.dataset.key = delivery.id;
  made.setAttribute('aria-label', `Send again… ${delivery.type} of ${delivery.workflow_id} to ${delivery.endpoint}`);
  return made;
}

const sendAgain = (delivery) => ask({
  title: `Send ${delivery.type} again`,
  what: `To ${delivery.endpoint}, with the id that it has: a receiver that has it already knows it.`,
  fields: [reasonField()],
  yes: 'Send again',
  act: async (form) => {
    await send(`/webhooks/deliveries/${encodeURIComponent(delivery.id)}/redeliver`, { reason_detail: form.get('reason') });
    announce('It is sent again.');
  },
});
