// The voice intake: a page around the SDK. It decides nothing; it starts, shows and ends.
import { VoiceWorkflow } from '/sdk/index.js';
import { askApproval, clearApprovals, noteApproval, tickApproval } from './approval.js';
import { showEnd, tickFacts } from './facts.js';
import { openPeer, readConfig, signIn } from './host.js';
import { announce, clearTalk, hasTalk, make, showToolCall, showTranscript } from './talk.js';
import { MODES, STATES } from './words.js';

const USERS = [
  { sub: 'ada', name: 'Ada', tid: 'acme', department: 'intake' },
  { sub: 'grace', name: 'Grace', tid: 'acme', department: 'sales' },
  { sub: 'linus', name: 'Linus', tid: 'globex', department: 'intake' },
];

const find = (id) => document.getElementById(id);
let config;
let workflow = null;

async function prepare() {
  config = await readConfig();
  find('provider').textContent = config.emulator ? 'Built-in emulator: no key, no cost. The voice is a tone, its words are captions.' : 'Connected to OpenAI: calls cost money.';
  find('user-field').hidden = !config.test_users;
  find('token-field').hidden = config.test_users;
  find('user').append(...USERS.map((user, index) => new Option(`${user.name} (${user.department}, ${user.tid})`, index)));
  // The strictest first.
  const order = Object.keys(MODES);
  config.definitions.sort((a, b) => order.indexOf(a.mode) - order.indexOf(b.mode));
  find('definitions').append(...config.definitions.map(choiceOf));
  if (!config.definitions.length) {
    refuse('This host offers no conversation: it has no definition.');
  }
  find('definitions').addEventListener('change', showInputs);
  showInputs();
}

/** Nothing can be started here. */
function refuse(sentence) {
  show('problem');
  complain(sentence);
}

function complain(sentence) {
  find('problem').textContent = sentence;
  find('problem').scrollIntoView({ block: 'nearest' });
}

function choiceOf({ name, mode }, index) {
  const choice = make('label', 'choice');
  const radio = make('input');
  Object.assign(radio, { type: 'radio', name: 'definition', value: name, checked: index === 0 });
  const text = make('span');
  text.append(make('b', '', `${name} · ${MODES[mode][0]}`), make('small', '', MODES[mode][1]));
  choice.append(radio, text);
  return choice;
}

const chosen = () => config.definitions.find(({ name }) => name === document.querySelector('[name=definition]:checked')?.value);

function showInputs() {
  find('inputs').replaceChildren(...(chosen()?.inputs ?? []).map((name) => {
    const field = make('p');
    const label = make('label', '', name[0].toUpperCase() + name.slice(1));
    const input = make('input');
    Object.assign(input, { id: `input-${name}`, name, required: true, maxLength: 64, value: name === 'customer' ? 'C-17' : '' });
    label.htmlFor = input.id;
    field.append(label, input);
    return field;
  }));
}

async function start() {
  const user = USERS[find('user').value];
  const inputs = Object.fromEntries([...find('inputs').querySelectorAll('input')].map((input) => [input.name, input.value]));
  find('problem').textContent = '';
  clearTalk();
  clearApprovals();
  show('live');
  find('mute').setAttribute('aria-pressed', 'false');
  find('state-title').focus();

  const peer = openPeer(config);
  let signedIn;
  workflow = new VoiceWorkflow({
    endpoint: config.api,
    definition: chosen().name,
    inputs,
    // Asked for before the first request: by then the other end should stand ready.
    token: async () => {
      await peer;
      return config.test_users ? (signedIn ??= await signIn(user)) : find('token').value;
    },
    on: {
      state: showState,
      transcript: showTranscript,
      tool_call: (call) => {
        showToolCall(call);
        noteApproval(call);
      },
      approval: (call) => askApproval(call, decide),
      expiring: () => announce('One minute is left.'),
      error: (error) => complain(error.message),
      ended: showOver,
    },
  });
  showState(workflow.state);
  await workflow.start().catch(() => {});
}

async function decide(decision, callId) {
  find('problem').textContent = '';
  try {
    await workflow[decision](callId);
  } catch (error) {
    complain(error.message);
  }
}

function showState(state) {
  const text = STATES[state === 'reconnecting' && !navigator.onLine ? 'offline' : state === 'connected' && workflow.isMuted ? 'muted' : state];
  find('live').dataset.state = state;
  find('state').textContent = text;
  find('mute').disabled = !['connected', 'reconnecting'].includes(state);
  find('end').disabled = ['ending', 'ended'].includes(state);
  announce(text);
  tick();
}

function showOver(view) {
  clearApprovals();
  tick();
  if (view) {
    showEnd(view);
    show('over');
    find('over-title').focus();
  } else {
    // It never began: what was wrong stands above, and one may try again.
    show('setup');
    find('start').focus();
    find('problem').scrollIntoView({ block: 'nearest' });
  }
}

function show(section) {
  for (const id of ['setup', 'live', 'over']) {
    find(id).hidden = id !== section;
  }
  // What was said stays to be read; where nothing was, nothing will be.
  find('columns').hidden = !(section === 'live' || (section === 'over' && hasTalk()));
  find('about').hidden = true;
}

function tick() {
  if (workflow) {
    // Before the server has answered there is nothing to say, and nothing of the conversation before.
    find('about').hidden = find('live').hidden || !workflow.workflow;
    tickFacts(workflow, Date.now());
    tickApproval(Date.now());
  }
}

async function showLevels() {
  const stats = workflow?.connection ? [...(await workflow.connection.getStats()).values()] : [];
  const level = (type) => Math.min(1, Math.sqrt(stats.find((s) => s.type === type && s.kind === 'audio')?.audioLevel ?? 0));
  find('level-out').value = workflow?.isMuted ? 0 : level('media-source');
  find('level-in').value = level('inbound-rtp');
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
find('end').addEventListener('click', () => workflow.end());
find('mute').addEventListener('click', () => {
  workflow.mute(!workflow.isMuted);
  find('mute').setAttribute('aria-pressed', String(workflow.isMuted));
  showState(workflow.state);
});
find('again').addEventListener('click', () => {
  show('setup');
  find('start').focus();
});
for (const change of ['offline', 'online']) {
  addEventListener(change, () => workflow?.state === 'reconnecting' && showState('reconnecting'));
}
setInterval(tick, 500);
setInterval(showLevels, 200);
prepare().catch(() => refuse('The host of this page does not answer. Load the page again.'));
