// The way to the API: with the operator's cookie, which no script can read.
import { connection } from './page.js';

const ADMIN = '/v1/admin';
const AGAIN = 2000;

/** What was wrong, as the API says it. */
export class Problem extends Error {
  constructor(status, problem) {
    const places = (problem.errors ?? problem.rules ?? []).map(({ where, what }) => `${where}: ${what}`);
    super([problem.detail ?? problem.title ?? `The server answered ${status}.`, ...places].join(' '));
    this.status = status;
  }

  /** Whether the same question may be answered in a moment. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, credentials: 'same-origin' });
  } catch {
    throw new Problem(0, { detail: 'The service cannot be reached.' });
  }

  if (answer.status === 401) {
    location.assign('/sign-in');
  }

  // What stands before the service answers in its own words.
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Problem(answer.status, body ?? {});
  }

  return body;
}

export const read = (path) => ask(ADMIN + path);

export const send = (path, body = {}) =>
  ask(ADMIN + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** Hands every changed answer to a listener, until the function that it returns is called. */
export function watch(path, take, refused) {
  let source;
  let waiting;
  let isLeft = false;
  const later = () => {
    waiting = isLeft ? undefined : setTimeout(open, AGAIN);
  };
  const open = () => {
    source = new EventSource(ADMIN + path);
    source.addEventListener('changed', ({ data }) => {
      connection(true);
      take(JSON.parse(data));
    });
    source.addEventListener('error', () => {
      connection(false);
      // A stream that was refused never comes back by itself, and says nothing of why; a plain question does.
      if (source.readyState === EventSource.CLOSED) {
        read(path).then(later, (problem) => {
          if (problem.isTemporary) {
            later();
          } else if (!isLeft) {
            connection(true);
            refused(problem);
          }
        });
      }
    });
  };
  open();
  return () => {
    isLeft = true;
    clearTimeout(waiting);
    source.close();
    connection(true);
  };
}

export async function signOut() {
  await ask('/console/sign-out', { method: 'POST' });
  location.assign('/sign-in');
}
