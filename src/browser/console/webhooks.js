// What webhook endpoints were told, and are to be told; and the order to tell one once more.
import { send, watch } from './api.js';
import {
  addressOf, announce, ask, button, choice, filterForm, given, link, make, pager, reading, reasonField, refresh, table, tableOrNone, tell, textFilter, when,
} from './page.js';

const PAGE = 25;
const STATUSES = [['', 'all'], ['pending', 'waiting'], ['delivered', 'delivered'], ['given_up', 'given up']];

export function showWebhooks(view, query) {
  const filters = given({ status: query.get('status'), endpoint: query.get('endpoint'), workflow: query.get('workflow') });
  const after = query.get('after');
  const list = make('div', {}, reading());
  view.append(
    make('h1', {}, 'Webhooks'),
    filterForm(
      [['Status', choice('status', STATUSES, filters.status)], textFilter('endpoint', filters.endpoint ?? '', 64), textFilter('workflow', filters.workflow ?? '', 64)],
      (chosen) => addressOf('webhooks', given(chosen))),
    list);
  return watch(
    `/webhooks/deliveries?${new URLSearchParams({ limit: PAGE, ...given({ ...filters, after }) })}`,
    ({ data, next }) => refresh(list, tableOrNone(data, tableOf), pager('webhooks', filters, after, next)), tell);
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
