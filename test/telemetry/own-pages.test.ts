// `/health` and `/ready` on both ports, beside what the ports are there for.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { databasePath } from '../../src/storage/sqlite/database.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const HOLDS_MS = 500;
const SOON_MS = 60_000;

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

interface Ready {
  readonly status: string;
  readonly checks: Readonly<Record<string, unknown>>;
}

const ready = async (url: string): Promise<{ readonly status: number; readonly answer: Ready }> => {
  const response = await fetch(`${url}/ready`);
  return { status: response.status, answer: (await response.json()) as Ready };
};

/** Asks until the answer is of that state. */
async function readyWhen(url: string, status: string): Promise<Ready> {
  const deadline = performance.now() + SOON_MS;
  for (;;) {
    const { answer } = await ready(url);
    if (answer.status === status) return answer;
    assert.ok(performance.now() < deadline, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, HOLDS_MS / 5));
  }
}

test('both ports say that they are there and ready, to GET and to HEAD', async () => {
  for (const url of [app.proxyUrl, app.dashboardUrl]) {
    const health = await fetch(`${url}/health?probe=1`);
    assert.equal(health.status, 200);
    assert.deepEqual(await health.json(), { status: 'ok' });
    const head = await fetch(`${url}/ready`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    const { status, answer } = await ready(url);
    assert.equal(status, 200);
    assert.equal(answer.status, 'ok');
    assert.deepEqual(Object.keys(answer.checks), ['store', 'spool', 'budgets', 'audit', 'upstreams']);
  }
});

test('what belongs to an API still goes there, and anything else on the proxy is refused as before', async () => {
  const before = app.provider.requests.length;
  await (await fetch(`${app.proxyUrl}/anthropic/health`)).arrayBuffer();
  await (await fetch(`${app.proxyUrl}/openai/ready`)).arrayBuffer();
  assert.deepEqual(
    app.provider.requests.slice(before).map(({ url }) => url),
    ['/health', '/ready'],
  );
  const posted = await fetch(`${app.proxyUrl}/ready`, { method: 'POST', body: '{}' });
  assert.equal(posted.status, 404);
  assert.equal(posted.headers.get('x-tokenwatch-error'), 'unknown_route');
});

test('a database that takes nothing is told, and takes the server out of no traffic', async () => {
  const intruder = new DatabaseSync(databasePath(app.dataDir), { timeout: 30_000 });
  intruder.exec('BEGIN EXCLUSIVE');
  try {
    await (
      await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 8, messages: [] }),
      })
    ).arrayBuffer();
    const { checks } = await readyWhen(app.dashboardUrl, 'degraded');
    assert.match(JSON.stringify(checks.store), /takes no records; they wait in the spool/);
    const { status, answer } = await ready(app.proxyUrl);
    assert.equal(status, 200);
    assert.equal(answer.checks.store, 'degraded');
  } finally {
    intruder.exec('ROLLBACK');
    intruder.close();
  }
  await readyWhen(app.dashboardUrl, 'ok');
});

test('an upstream that lacks its key is named to the operator, and counted to everyone', async () => {
  const added = await fetch(`${app.dashboardUrl}/api/upstreams`, {
    method: 'POST',
    headers: { ...app.adminHeaders, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'second', api: 'openai', url: app.provider.url, keyEnv: 'NO_SUCH_KEY' }),
  });
  assert.equal(added.status, 200, await added.text());
  const { checks } = await readyWhen(app.dashboardUrl, 'degraded');
  assert.deepEqual(checks.upstreams, { state: 'degraded', about: 'second (openai) lacks its key' });
  assert.equal((await ready(app.proxyUrl)).answer.checks.upstreams, 'degraded');
});
