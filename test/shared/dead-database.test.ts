import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { atEnd } from '../at-end.ts';
import { startTestApp } from '../start-test-app.ts';

/** Nothing listens there. */
const NOWHERE = [
  {
    name: 'PostgreSQL',
    settings: { TOKENWATCH_DATABASE_URL: 'postgres://user:not-a-secret@127.0.0.1:1/nowhere' },
  },
  {
    name: 'Oracle Database',
    settings: {
      TOKENWATCH_ORACLE_DSN: '127.0.0.1:1/nowhere',
      TOKENWATCH_ORACLE_USER: 'user',
      TOKENWATCH_ORACLE_PASSWORD: 'not-a-secret',
    },
  },
];

for (const { name, settings } of NOWHERE) {
  test(`a proxy starts without its ${name}, says so, and lets traffic flow`, async (context) => {
    const warnings: string[] = [];
    const app = await startTestApp({ settings, warn: (message) => warnings.push(message) });
    context.after(() => app.close());
    const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
    });
    assert.equal(answer.status, 200);
    await answer.text();
    assert.ok(warnings.some((warning) => /takes no records: .*they wait in the spool/.test(warning)));
    const ready = (await (await fetch(`${app.proxyUrl}/ready`)).json()) as {
      checks: Record<string, string>;
    };
    assert.equal(ready.checks.store, 'degraded');
    assert.equal(ready.checks.leases, 'degraded');
  });

  test(`where ${name} is required, a start without it fails, and says why`, async () => {
    const required = { ...settings, TOKENWATCH_REQUIRE_DATABASE: 'true' };
    await assert.rejects(
      startTestApp({ settings: required, warn: () => {} }),
      /127\.0\.0\.1:1\/nowhere failed: .*(?:ECONNREFUSED|NJS-503.*TOKENWATCH_ORACLE_DSN)/,
    );
  });
}

test('a database that takes connections and says nothing is waited for once at a start, not by each of its questions', async (context) => {
  const taken = new Set<Socket>();
  let connections = 0;
  const silent = createServer((socket) => {
    connections += 1;
    taken.add(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  atEnd(context, () => {
    for (const socket of taken) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const settings = { TOKENWATCH_DATABASE_URL: `postgres://user:not-a-secret@127.0.0.1:${port}/nowhere` };
  const app = await startTestApp({ settings, warn: () => undefined });
  atEnd(context, () => app.close());
  // One for its hints, and one that all questions of the start share; a slow start may come to a second.
  assert.ok(connections <= 4, `${connections} connections`);
  assert.equal((await fetch(`${app.proxyUrl}/openai/v1/models`)).status, 200);
});
