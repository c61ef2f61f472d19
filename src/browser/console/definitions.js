// What can be started, and a dry run of a start that starts nothing.
import { read, send } from './api.js';
import { card, field, link, make, table, tell } from './page.js';

const CLAIMS = '{\n  "sub": "ada",\n  "scope": "voice.start"\n}';

export function showDefinitions(view, name) {
  view.append(make('h1', {}, name ?? 'Definitions'));
  read('/definitions').then(({ data }) => {
    const chosen = data.find((definition) => definition.name === name);
    view.append(...(name === undefined ? [listOf(data)] : chosen ? one(chosen) : [make('p', { role: 'alert' }, 'There is no such definition.')]));
  }, tell);
}

const listOf = (definitions) => table('Definitions', ['Name', 'Mode', 'Model', 'Tools', 'Version'], definitions.map((definition) => [
  link(definition.name, `#/definitions/${encodeURIComponent(definition.name)}`), definition.mode, definition.model, definition.tools.join(', '), definition.version,
]));

function one(definition) {
  const text = JSON.stringify(definition.definition, null, 2);
  const area = (label, nameOfField, value, rows) => field(label, make('textarea', { name: nameOfField, value, rows, spellcheck: false }));
  const verdict = make('div', { role: 'status' });
  const form = make('form', {},
    area('Claims of the caller’s token', 'claims', CLAIMS, 5),
    area('Inputs', 'inputs', '{}', 3),
    area('Definition; edit it to see what would change', 'definition', text, 16),
    make('p', { className: 'actions' }, make('button', { type: 'submit', className: 'primary' }, 'Try'), make('span', { className: 'hint' }, 'Nothing is started.')));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    verdict.replaceChildren();
    try {
      const given = new FormData(form);
      const edited = given.get('definition') === text ? {} : { definition: parsed('The definition', given.get('definition')) };
      const outcome = await send(`/definitions/${encodeURIComponent(definition.name)}/evaluate`, {
        claims: parsed('The claims', given.get('claims')), inputs: parsed('The inputs', given.get('inputs')), ...edited,
      });
      verdict.replaceChildren(...verdictOf(outcome));
    } catch (error) {
      verdict.replaceChildren(make('p', { role: 'alert' }, error.message));
    }
  });
  return [
    make('p', {}, link('Definitions', '#/definitions')),
    card('Try a start', form, verdict),
  ];
}

function parsed(what, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${what} must be JSON.`);
  }
}

const verdictOf = (outcome) => [
  make('h3', { className: outcome.allowed ? 'yes' : 'no' }, outcome.allowed ? 'It would start.' : 'It would be refused.'),
  table('Rules', ['Rule', 'Kept', 'Why'], outcome.rules.map(({ rule, passed, detail }) => [rule, passed ? 'yes' : 'no', detail])),
  outcome.changes.length === 0 ? null : make('h3', {}, 'What the edit changes'),
  outcome.changes.length === 0 ? null : table('Changes', ['Where', 'Now', 'Edited'], outcome.changes.map(({ path, before, after }) => [path, before ?? 'missing', after ?? 'missing'])),
  make('p', { className: 'hint' }, `${outcome.live_workflows} live workflows were started from this name; they keep their version.`),
].filter((part) => part !== null);
