// The conversation as it goes on: what is said, and what the server's tools do.
import { readable, standing } from './words.js';

const list = document.getElementById('talk');
const spoken = document.getElementById('spoken');
const entries = new Map();

/** Makes an element; text is always text. */
export function make(tag, className = '', text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** For those who do not see the page. */
export function announce(text) {
  spoken.append(make('p', '', text));
}

export function clearTalk() {
  entries.clear();
  list.replaceChildren();
  spoken.replaceChildren();
  document.getElementById('talk-empty').hidden = false;
}

export const hasTalk = () => entries.size > 0;

function entryOf(id, className) {
  let entry = entries.get(id);
  if (!entry) {
    entry = list.appendChild(make('li', className));
    entries.set(id, entry);
    document.getElementById('talk-empty').hidden = true;
  }
  return entry;
}

export function showTranscript({ role, item_id: id, text, final }) {
  const name = role === 'user' ? 'You' : 'Voice';
  const entry = entryOf(id, `said ${role}`);
  entry.classList.toggle('partial', !final);
  entry.replaceChildren(make('b', '', name), text);
  // An empty one keeps its place: what a person said is known later than the answer to it.
  entry.hidden = !text;
  if (final) {
    announce(`${name}: ${text}`);
  }
  entry.scrollIntoView({ block: 'nearest' });
}

export function showToolCall(call) {
  const entry = entryOf(call.call_id, 'tool');
  const head = make('p');
  head.append(make('code', '', call.name), make('span', 'chip', standing(call)));
  entry.replaceChildren(head);
  // Of a call that did not succeed the output is only what the model is told.
  const output = call.status === 'completed' ? call.output : null;
  for (const [label, value] of [['Asked with', call.arguments], ['Answered', output], ['Because', call.error]]) {
    if (value) {
      entry.append(make('small', '', label), make('pre', '', readable(value)));
    }
  }
  announce(`Tool ${call.name}: ${standing(call)}`);
  entry.scrollIntoView({ block: 'nearest' });
}
