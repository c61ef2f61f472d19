// What every place of the console is made of.
import { duration, moment } from './words.js';

export const find = (id) => document.getElementById(id);

/** An element: its properties, attributes where the name has a dash, and what is inside. Text is only ever text. */
export function make(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }

  element.append(...inside.flat().filter((part) => part !== null && part !== undefined));
  return element;
}

export const when = (at) => (at ? make('time', { dateTime: at }, moment(at)) : null);

export const link = (text, href) => make('a', { href }, text);

/** A table with its caption for those who hear it; rows are lists of cells. */
export function table(caption, heads, rows) {
  return make('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption },
    make('table', {},
      make('caption', { className: 'unseen' }, caption),
      make('thead', {}, make('tr', {}, heads.map((head) => make('th', { scope: 'col' }, head)))),
      make('tbody', {}, rows.map((cells) => make('tr', {}, cells.map((cell) => make('td', {}, cell ?? '')))))));
}

export const facts = (pairs) => make('dl', { className: 'facts' },
  pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));

export const card = (title, ...inside) => make('section', { className: 'card' }, make('h2', {}, title), ...inside);

export const button = (text, act, className = '') => {
  const made = make('button', { type: 'button', className }, text);
  made.addEventListener('click', act);
  return made;
};

export const field = (label, input) => make('label', { className: 'field' }, make('span', {}, label), input);

export const choice = (name, pairs, chosen) => {
  const select = make('select', { name }, pairs.map(([value, text]) => new Option(text, value)));
  select.value = chosen ?? '';
  return select;
};

/** What is asked for, without what is left empty. */
export const given = (filters) => Object.fromEntries(Object.entries(filters).filter(([, value]) => value));

export const addressOf = (place, filters) => `#/${place}?${new URLSearchParams(filters)}`;

/** A form that leads to the same place with other filters; fields are pairs of a label and an input. */
export function filterForm(fields, go) {
  const form = make('form', { className: 'filters', role: 'search', 'aria-label': 'Filter' },
    fields.map(([label, input]) => field(label, input)), make('button', { type: 'submit' }, 'Show'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = go(Object.fromEntries(new FormData(form)));
  });
  return form;
}

/** A text filter with its label. */
export const textFilter = (name, value, maxLength, label = name[0].toUpperCase() + name.slice(1)) =>
  [label, make('input', { name, value, maxLength, autocomplete: 'off' })];

/** The ways to the newest page and to the next one. */
export const pager = (place, filters, after, next) => make('p', { className: 'actions' },
  after ? link('Newest', addressOf(place, filters)) : null,
  next ? link('Older', addressOf(place, { ...filters, after: next })) : null);

export const reading = () => make('p', { className: 'hint' }, 'Reading…');

/** A table, or that there is nothing to put into one. */
export const tableOrNone = (rows, tableOf) => (rows.length ? tableOf(rows) : make('p', { className: 'hint' }, 'There is none.'));

/** Replaces what is inside, unless somebody is at work there. */
export function refresh(place, ...inside) {
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  const key = at?.dataset.key;
  place.replaceChildren(...inside);
  if (key) {
    place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
}

export const tell = (trouble) => {
  find('trouble').textContent = trouble instanceof Error ? trouble.message : trouble;
};

/** Says that something was done. */
export const announce = (text) => {
  find('done').textContent = text;
};

const between = (from, to) => duration(new Date(to) - new Date(from));

/** How long a workflow lived, or has lived by now for as long as that is shown. */
export const ageOf = ({ created_at: from, ended_at: to }) => (to ? between(from, to) : make('span', { 'data-since': from }, between(from, Date.now())));

setInterval(() => {
  for (const shown of document.querySelectorAll('[data-since]')) {
    shown.textContent = between(shown.dataset.since, Date.now());
  }
}, 1000);

export function connection(isThere) {
  document.body.classList.toggle('stale', !isThere);
  find('lost').textContent = isThere ? '' : 'The connection is lost: what you see may be old. Trying again.';
}

/**
 * Asks before something is done, and does it when the answer is yes; what goes wrong is said in the dialog.
 * @returns {Promise<boolean>} whether it was done
 */
export function ask({ title, what, fields = [], yes, act }) {
  const dialog = find('ask');
  find('ask-title').textContent = title;
  find('ask-what').textContent = what;
  find('ask-fields').replaceChildren(...fields);
  find('ask-trouble').textContent = '';
  find('ask-yes').textContent = yes;
  const form = dialog.querySelector('form');
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = async (event) => {
      if (event.submitter?.value !== 'yes') {
        return;
      }

      event.preventDefault();
      find('ask-yes').disabled = true;
      try {
        await act(new FormData(form));
        dialog.returnValue = 'done';
        dialog.close('done');
      } catch (error) {
        find('ask-trouble').textContent = error.message;
      } finally {
        find('ask-yes').disabled = false;
      }
    };
    form.addEventListener('submit', settle);
    dialog.addEventListener('close', () => {
      form.removeEventListener('submit', settle);
      resolve(dialog.returnValue === 'done');
      dialog.returnValue = '';
    }, { once: true });
  });
}

/** The reason that an audit trail should have. */
export const reasonField = () => field('Reason, for the audit trail', make('input', { name: 'reason', maxLength: 512, required: true, autocomplete: 'off' }));
