// The silos, what each of them holds, and the order to take one out of service.
import { send, watch } from './api.js';
import { announce, ask, button, make, reading, reasonField, refresh, table, tell, when } from './page.js';

export function showCluster(view) {
  const list = make('div', {}, reading());
  view.append(make('h1', {}, 'Cluster'), list);
  return watch('/cluster', ({ data }) => refresh(list, table(
    'Silos', ['Silo', 'Status', 'Since', 'Workflows', 'Calls held', 'Grains', 'Order'], data.map((silo) => [
      silo.name, silo.status, when(silo.started_at), number(silo.live_workflows), number(silo.sidebands), number(silo.activations),
      silo.status === 'active' ? drainButton(silo, data.length) : null,
    ]))), tell);
}

const number = (value) => (value === null ? 'unknown' : String(value));

function drainButton(silo, count) {
  const made = button('Drain…', () => drain(silo, count));
  made.dataset.key = silo.name;
  made.setAttribute('aria-label', `Drain ${silo.name}`);
  return made;
}

const drain = (silo, count) => ask({
  title: `Drain ${silo.name}`,
  what: count === 1
    ? 'It is the only silo: calls stay as they are at OpenAI, but nobody holds them until another silo stands.'
    : 'It takes no more work, hands over what it holds, and its process ends. No call is lost.',
  fields: [reasonField()],
  yes: 'Drain it',
  act: async (form) => {
    await send(`/cluster/silos/${encodeURIComponent(silo.name)}/drain`, { reason_detail: form.get('reason') });
    announce('It is draining.');
  },
});
