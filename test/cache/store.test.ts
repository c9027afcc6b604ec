// The cache over its store: restarts, damage, clearing from outside, and the command line.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { databasePath } from '../../src/storage/sqlite/database.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-cache-'));
const settings = {
  TOKENWATCH_CACHE_ENABLED: 'true',
  TOKENWATCH_DATA_DIR: folder,
  TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '5s',
};
let app: TestApp;
before(async () => {
  app = await startTestApp({ settings });
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const question = (model = 'gpt-4.1-mini'): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: `Tell me about parsers ${randomUUID()}` }] });

/** Asks, waits for the record, and returns what the cache said. */
async function ask(body: string, headers: Record<string, string> = {}): Promise<string | null> {
  const session = randomUUID();
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer k',
      'x-tokenwatch-session': session,
      ...headers,
    },
    body,
  });
  await response.text();
  await app.recordOf(session);
  return response.headers.get('x-tokenwatch-cache');
}

/** With the provider at the address that the answers came from. */
async function restart(): Promise<void> {
  const { port } = app.provider;
  await app.close();
  app = await startTestApp({ settings, provider: { port } });
}

async function cli(...words: string[]): Promise<string> {
  return runWords(['cache', ...words], { TOKENWATCH_DATA_DIR: folder });
}

test('an answer survives a restart', async () => {
  const body = question();
  assert.equal(await ask(body), 'MISS');
  await restart();
  assert.equal(await ask(body), 'HIT');
  assert.equal(app.provider.requests.length, 0);
});

test('a damaged row is a miss, and gone', async () => {
  const { provider } = app;
  const body = question();
  assert.equal(await ask(body), 'MISS');
  const database = new DatabaseSync(databasePath(folder));
  database.exec(
    'PRAGMA busy_timeout = 2000; UPDATE cache_answers SET body = CAST(\'{"choices":[]}\' AS BLOB); UPDATE cache_state SET generation = generation + 1',
  );
  const count = (): number =>
    Number(database.prepare('SELECT count(*) AS n FROM cache_answers WHERE hits >= 0').get()?.n);
  assert.ok(count() > 0);
  const asked = provider.requests.length;
  // The server drops its memory when it sees the new generation, within a second.
  while ((await ask(body)) === 'HIT') await sleep(20);
  assert.equal(provider.requests.length, asked + 1);
  assert.equal(await ask(body), 'HIT');
  database.close();
});

test('an answer past its time is a miss', async () => {
  const body = question();
  assert.equal(await ask(body, { 'x-tokenwatch-cache-ttl': '1' }), 'MISS');
  assert.equal(await ask(body), 'HIT');
  while ((await ask(body)) === 'HIT') await sleep(50);
});

test('the command line shows, explains and clears while the server runs', async () => {
  const body = question('gpt-4.1');
  assert.equal(await ask(body), 'MISS');
  assert.equal(await ask(body), 'HIT');
  const stats = JSON.parse(await cli('stats', '--json')) as {
    uses: Record<string, number>;
    savedNanoUsd: number;
  };
  assert.ok((stats.uses.exact ?? 0) >= 1);
  assert.ok(stats.savedNanoUsd > 0);
  const file = join(folder, 'request.json');
  writeFileSync(file, body);
  const why = ['why', '--endpoint', 'chat/completions', '--body-file', file];
  assert.match(await cli(...why), /An answer to it is stored/);
  const stored = JSON.parse(await cli(...why, '--json')) as { answer: { key: string; model: string } };
  assert.equal(stored.answer.model, 'gpt-4.1');
  assert.match(await cli('inspect', stored.answer.key.slice(0, 12)), /chat\.completion/);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(body), temperature: 1 }));
  assert.match(await cli(...why), /differs in: parameters\./);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(body), tools: [{ type: 'web_search' }] }));
  assert.match(await cli(...why), /web_search may run at the provider/);
  const other = question();
  await ask(other);
  assert.deepEqual(JSON.parse(await cli('clear', '--model', 'gpt-4.1', '--json')), { cleared: 1 });
  while ((await ask(body)) === 'HIT') await sleep(20);
  assert.equal(await ask(other), 'HIT');
  await cli('clear');
  while ((await ask(other)) === 'HIT') await sleep(20);
});
