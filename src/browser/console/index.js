// The operators' console: shows what /v1/admin answers, and asks before it changes anything.
import { signOut } from './api.js';
import { showAudit } from './audit.js';
import { showCluster } from './cluster.js';
import { showDefinitions } from './definitions.js';
import { announce, find, tell } from './page.js';
import { showWebhooks } from './webhooks.js';
import { showWorkflow } from './workflow.js';
import { showWorkflows } from './workflows.js';

// Each place gets its part of the address and its parameters, fills the view, and answers with how to leave it.
const PLACES = {
  workflows: (view, [id], query) => (id ? showWorkflow(view, id) : showWorkflows(view, query)),
  definitions: (view, [name]) => showDefinitions(view, name),
  audit: (view, _, query) => showAudit(view, query),
  webhooks: (view, _, query) => showWebhooks(view, query),
  cluster: (view) => showCluster(view),
};

let leave = () => {};

async function go() {
  leave();
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [place, ...rest] = (path || 'workflows').split('/').map(decodeURIComponent);
  const show = Object.hasOwn(PLACES, place) ? PLACES[place] : PLACES.workflows;
  for (const link of document.querySelectorAll('#places a')) {
    if (link.hash === `#/${place}`) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }

  tell('');
  announce('');
  const view = document.createElement('div');
  leave = show(view, rest, new URLSearchParams(query)) ?? (() => {});
  find('view').replaceChildren(view);
  document.title = `${view.querySelector('h1').textContent} · SessionGrains`;
}

addEventListener('hashchange', () => {
  go();
  find('view').focus();
});
find('skip').addEventListener('click', (event) => {
  // An address that led there would be another place.
  event.preventDefault();
  find('view').focus();
});
find('sign-out').addEventListener('click', signOut);
go();
