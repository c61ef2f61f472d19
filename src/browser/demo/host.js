// What the local host tells this page: who may sign in, what can be started, and whether OpenAI is only pretended.

const PEER_PATIENCE_MS = 5_000;
const ASK_AGAIN_MS = 150;

export const readConfig = async () => (await fetch('/demo/config', { cache: 'no-store' })).json();

/** A token of a test user, from the host that made up the keys. */
export async function signIn(user) {
  const response = await fetch('/dev/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(user) });
  return (await response.json()).access_token;
}

/**
 * The other end of the emulator's calls is a page too. It is opened by a click, so that the browser lets it make sound.
 * Without it a call has nobody to talk to, so a start waits for it a little.
 */
export async function openPeer({ emulator }) {
  if (!emulator || document.querySelector('#peer iframe')) {
    return;
  }
  const frame = document.createElement('iframe');
  frame.title = 'The emulator’s end of the call';
  frame.allow = 'autoplay';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  frame.src = emulator.peer_url;
  document.getElementById('peer').append(frame);
  for (const begun = Date.now(); Date.now() - begun < PEER_PATIENCE_MS;) {
    if ((await readConfig()).emulator.peers > 0) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
