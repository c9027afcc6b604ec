// Cache rules, set on the command line and followed by a running server: off, time to live, and who shares answers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { handClock } from '../hand-clock.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const clock = handClock();
let app: TestApp;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '60' },
    clock,
  });
});
after(() => app.close());
afterEach(async () => {
  const { rules } = JSON.parse(await cli('cache', 'rule', 'list', '--json')) as { rules: { name: string }[] };
  for (const { name } of rules) await cli('cache', 'rule', 'remove', name);
});

async function cli(...words: string[]): Promise<string> {
  return runWords(words, { TOKENWATCH_DATA_DIR: app.dataDir });
}

const chat = (text = randomUUID()) => ({ model: 'gpt-4o', messages: [{ role: 'user', content: text }] });

async function ask(body: unknown, headers: Record<string, string> = {}): Promise<string | null> {
  const session = randomUUID();
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer key-a',
      'x-tokenwatch-session': session,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  // By then its answer is stored.
  await app.recordOf(session);
  return response.headers.get('x-tokenwatch-cache');
}

/** Asks until the cache says so: a change holds within a second. */
async function until(wanted: string, question: () => Promise<string | null>): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (let said = await question(); said !== wanted; said = await question()) {
    assert.ok(performance.now() < deadline, `the cache says ${said}, not ${wanted}`);
    await sleep(20);
  }
}

test('a rule switches the cache off, whatever the request wants', async () => {
  const body = chat();
  assert.equal(await ask(body), 'MISS');
  assert.equal(await ask(body), 'HIT');
  const said = await cli('cache', 'rule', 'add', 'quiet', '--app', 'sea*', '--cache', 'off');
  assert.match(said, /Cache rule "quiet" is set: app sea\*: cache off\./);
  const search = { 'x-tokenwatch-app': 'search' };
  await until('BYPASS', () => ask(body, search));
  assert.equal(await ask(body, { ...search, 'x-tokenwatch-cache': 'refresh' }), 'BYPASS');
  const only = await ask(body, { ...search, 'x-tokenwatch-cache': 'only' });
  assert.equal(only, 'BYPASS');
  assert.equal(await ask(body), 'HIT');
});

test("answers are shared across credentials by opt-in, and a caller's own stay its own", async () => {
  const shared = chat();
  const asA = { authorization: 'Bearer key-a', 'x-tokenwatch-app': 'faq' };
  const asB = { authorization: 'Bearer key-b', 'x-tokenwatch-app': 'faq' };
  const stranger = { authorization: 'Bearer key-b', 'x-tokenwatch-app': 'other' };
  assert.equal(await ask(shared, asA), 'MISS');
  assert.equal(await ask(shared, asB), 'MISS');
  const said = await cli('cache', 'rule', 'add', 'faq', '--app', 'faq', '--share', 'app');
  assert.match(said, /Warning: .*API key/);
  // Answers from before belong to their callers: neither is found, and the new one is for both.
  await until('MISS', () => ask(shared, asA));
  assert.equal(await ask(shared, asB), 'HIT');
  assert.equal(await ask(shared, { ...asB, authorization: 'Bearer key-c' }), 'HIT');
  // Another application finds only what its own credential has stored: `asB` asked before the rule.
  assert.equal(await ask(shared, { ...stranger, authorization: 'Bearer key-d' }), 'MISS');
  await cli('cache', 'rule', 'remove', 'faq');
  const fresh = chat();
  await until('MISS', () => ask({ ...fresh, user: randomUUID() }, asB));
  await until('HIT', () => ask(shared, asA));
  assert.equal(await ask(shared, { ...asB, authorization: 'Bearer key-e' }), 'MISS');
});

test('shared by all means every application, still not every question', async () => {
  await cli('cache', 'rule', 'add', 'public', '--tag', 'public=yes', '--share', 'all');
  const tagged = { 'x-tokenwatch-tag': 'public=yes,team=docs' };
  const body = chat();
  let round = 0;
  await until('HIT', () =>
    ask(body, { ...tagged, authorization: `Bearer ${round++}`, 'user-agent': `a/${round}` }),
  );
  assert.equal(await ask({ ...body, seed: 1 }, tagged), 'MISS');
  assert.equal(await ask(body, { authorization: 'Bearer untagged' }), 'MISS');
});

test("the request's own time to live wins over the rule's, to the second", async () => {
  const body = chat();
  assert.equal(await ask(body), 'MISS');
  await cli('cache', 'rule', 'add', 'short', '--model', 'gpt-4o', '--ttl', '1s');
  clock.pass(1001);
  await until('MISS', () => ask(body));
  clock.pass(1001);
  assert.equal(await ask(body, { 'x-tokenwatch-cache-ttl': '3600' }), 'MISS');
  clock.pass(999);
  assert.equal(await ask(body), 'HIT');
  clock.pass(2);
  assert.equal(await ask(body, { 'x-tokenwatch-cache-ttl': '3600' }), 'HIT');
  assert.equal(await ask(body), 'MISS');
});

test('a rule set by the API is in force when the answer has come', async () => {
  const api = async (method: string, path: string, document?: unknown) => {
    const sent = document === undefined ? {} : { body: JSON.stringify(document) };
    const response = await fetch(`${app.dashboardUrl}${path}`, { method, ...sent });
    return { status: response.status, said: (await response.json()) as Record<string, unknown> };
  };
  const body = chat();
  assert.equal(await ask(body), 'MISS');
  const rule = { name: 'by-api', app: 'api', ttlMs: 60_000, distanceMax: 0.03, share: 'app' };
  const { said } = await api('POST', '/api/cache-rules', rule);
  assert.deepEqual(said.added, {
    ...rule,
    tag: null,
    model: null,
    priority: 100,
    cache: null,
    semantic: null,
  });
  const asked = { 'x-tokenwatch-app': 'api' };
  assert.equal(await ask(body, asked), 'MISS');
  assert.equal(await ask(body, { ...asked, authorization: 'Bearer key-b' }), 'HIT');
  assert.equal((await api('DELETE', '/api/cache-rules/by-api')).status, 200);
  assert.equal(await ask(body, { ...asked, authorization: 'Bearer key-b' }), 'MISS');
  for (const wrong of [
    { name: 'x', ttlMs: 0 },
    { name: 'x', distanceMax: 2 },
    { name: 'x', share: 'world' },
    { name: 'x', cache: 'off' },
    { name: 'x', cash: false },
    { name: 'x' },
  ])
    assert.equal((await api('POST', '/api/cache-rules', wrong)).status, 400, JSON.stringify(wrong));
});

test('cache why follows the rules, and a rule that decides nothing or is no rule is refused', async () => {
  const file = join(app.dataDir, 'body.json');
  writeFileSync(file, JSON.stringify(chat()));
  await cli('cache', 'rule', 'add', 'off', '--app', 'a', '--cache', 'off', '--priority', '1');
  await cli('cache', 'rule', 'add', 'all', '--share', 'all', '--semantic', 'off', '--threshold', '0.02');
  const why = ['cache', 'why', '--body-file', file, '--endpoint', 'chat/completions'];
  assert.match(await cli(...why, '--app', 'a'), /not cached: the cache rule "off" switches it off/);
  assert.match(await cli(...why, '--app', 'b'), /cache rule "all" decides/);
  const list = await cli('cache', 'rule', 'list');
  assert.match(
    list,
    /1\s+off\s+app a: cache off\n\s*100\s+all\s+every request: similar prompts off, distance up to 0.02, /,
  );
  const refused = async (message: RegExp, ...words: string[]): Promise<void> =>
    assert.rejects(cli('cache', 'rule', 'add', ...words), { stderr: message });
  await refused(/decides nothing/, 'x', '--app', 'a');
  await refused(/--cache off leaves nothing/, 'x', '--cache', 'off', '--ttl', '5');
  await refused(/--ttl "soon" is not/, 'x', '--ttl', 'soon');
  await refused(/--threshold "2" is not/, 'x', '--threshold', '2');
  await refused(/exists/, 'off', '--cache', 'off');
  const words = ['bin/tokenwatch.js', 'cache', 'rule', 'add', 'x', '--share', 'world'];
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.match(stderr, /Allowed choices are caller, app, all/);
});
