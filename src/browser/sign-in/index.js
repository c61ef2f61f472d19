// Exchanges a token for a cookie that no script can read. The token is kept nowhere else.
const find = (id) => document.getElementById(id);

async function signIn(token) {
  find('trouble').textContent = '';
  let answer;
  try {
    answer = await fetch('/console/session', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  } catch {
    find('trouble').textContent = 'The service cannot be reached.';
    return;
  }

  if (answer.ok) {
    location.assign('/console');
  } else {
    find('trouble').textContent = (await answer.json()).detail;
  }
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  signIn(find('token').value.trim());
});

find('test-operator').addEventListener('click', async () => {
  const answer = await fetch('/dev/token', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sub: 'olga', name: 'Olga', scope: 'sessiongrains.operator' }),
  });
  signIn((await answer.json()).access_token);
});

// Test users exist on a laptop alone, and say so.
fetch('/demo/config').then((answer) => (answer.ok ? answer.json() : {})).then(({ test_users: has }) => {
  find('laptop').hidden = !has;
}, () => {});
