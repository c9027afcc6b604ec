// `explain-request` and POST /api/explain: both ways to an explanation, and that it leaves no trace.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Explanation } from '../../src/core/explanation.ts';
import type { ErrorAnswer, StatusAnswer } from '../../src/dashboard/contract.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { startHeldProvider } from '../held-provider.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const run = promisify(execFile);
const CACHE = { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' } as const;
const BODY = {
  model: 'claude-sonnet-4-5',
  max_tokens: 50,
  messages: [{ role: 'user', content: 'select name from users' }],
};
const HEADERS = { 'x-api-key': 'k', 'accept-language': '*', 'content-type': 'application/json' };

let app: TestApp;
let folder: string;
let bodyFile: string;
before(async () => {
  app = await startTestApp({ settings: CACHE });
  folder = mkdtempSync(join(tmpdir(), 'tokenwatch-explain-'));
  bodyFile = join(folder, 'body.json');
  writeFileSync(bodyFile, JSON.stringify(BODY));
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

function environment(of: TestApp, port: string): Record<string, string> {
  return {
    ...CACHE,
    TOKENWATCH_DATA_DIR: of.dataDir,
    TOKENWATCH_DASHBOARD_PORT: port,
    TOKENWATCH_ANTHROPIC_URL: of.provider.url,
    TOKENWATCH_OPENAI_URL: of.provider.url,
  };
}

/** With the port of the running server, or of none. */
async function cli(words: readonly string[], port = new URL(app.dashboardUrl).port): Promise<string> {
  return runWords(words, environment(app, port));
}

/** As if no server ran: its word is aside, and nobody answers at the port. */
async function cliWithoutServer(words: readonly string[]): Promise<string> {
  const place = join(app.dataDir, 'server.place');
  renameSync(place, `${place}.aside`);
  try {
    return await cli(words, '1');
  } finally {
    renameSync(`${place}.aside`, place);
  }
}

async function post(path: string, document: unknown, of = app): Promise<Response> {
  return fetch(of.dashboardUrl + path, { method: 'POST', body: JSON.stringify(document) });
}

async function explain(document: object, of = app): Promise<Explanation> {
  const response = await post('/api/explain', document, of);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as Explanation;
}

const send = (session: string, of = app): Promise<Response> =>
  fetch(`${of.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { ...HEADERS, 'x-tokenwatch-session': session, 'x-tokenwatch-app': 'agent' },
    body: JSON.stringify(BODY),
  });

test('the server and the records explain the same, in words and JSON', async () => {
  await post('/api/tags', {
    name: 'sql',
    condition: { type: 'tag_regex', value: '(?i)SELECT' },
    tag: 'feature=sql',
  });
  const long = {
    name: 'long',
    conditions: [{ type: 'token_count', value: '>100' }],
    target: 'claude-haiku-4-5',
  };
  await post('/api/routes', long);
  await post('/api/routes', { ...long, name: 'off', target: 'claude-opus-4-6' });
  await post('/api/routes/off', { enabled: false });
  await post('/api/experiments', {
    name: 'cheaper',
    modelA: 'claude-sonnet-4-5',
    modelB: 'claude-haiku-4-5',
    split: 100,
  });
  await post('/api/budgets', { name: 'agent', limit: '5', period: 'daily', app: 'agent' });
  await post('/api/budgets', { name: 'each', limit: '3', period: 'daily', per: 'session' });
  await (await send('one')).arrayBuffer();
  await app.recordOf('one');
  const words = ['explain-request', '--body-file', bodyFile, '--app', 'agent', '--session', 's'];
  const options = Object.entries(HEADERS).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const byServer = JSON.parse(await cli([...words, ...options, '--json'])) as Explanation;
  const byRecords = JSON.parse(await cliWithoutServer([...words, ...options, '--json'])) as Explanation;
  assert.deepEqual([byServer.source, byRecords.source], ['server', 'records']);
  const { answer } = byServer.cache;
  const comparable = (explanation: Explanation): object => ({
    ...explanation,
    source: null,
    request: { ...explanation.request, id: null },
    cache: {
      ...explanation.cache,
      answer: explanation.cache.answer && { ...explanation.cache.answer, from: null },
    },
    outcome: { ...explanation.outcome, headers: { ...explanation.outcome.headers, age: null } },
  });
  assert.deepEqual(comparable(byRecords), comparable(byServer));
  assert.deepEqual([answer?.from, byRecords.cache.answer?.from], ['memory', 'store']);
  assert.equal(byServer.outcome.action, 'answer_from_cache');
  const spoken = await cli(words);
  for (const line of [
    /^Request +anthropic messages, app agent, session s, no stream, \d+ bytes$/m,
    /^Tag +feature=sql \(by tag rule "sql"\)$/m,
    /^ +sql → feature=sql: regex \(\?i\)SELECT: yes \(seen: a prompt of 22 characters\)$/m,
    /^Rule +long → claude-haiku-4-5 \(priority 100\): token_count is not >100$/m,
    /^ +token_count >100: no \(seen: about \d+ tokens\)$/m,
    /^A\/B +cheaper \(0 % claude-sonnet-4-5, 100 % claude-haiku-4-5\): variant b; drawn by its session/m,
    /^Inactive +route off$/m,
    /^Model +claude-sonnet-4-5 → claude-haiku-4-5 \(variant b of cheaper\)$/m,
    /^Tokens +about \d+ in, at most [\d,]+ in and 50 out$/m,
    /^Cost +.* at most \$\d.*; price from catalogue$/m,
    /^Budget +agent \(app agent; block\): \$5 daily, \S+ spent, \$0.00 reserved, .* sets aside \$/m,
    /^Budget +each \(all traffic, per session; block\): \$3 daily/m,
    // Without the key of its client it is another caller's request.
    /^Cache +miss: no answer to it is stored, key \w{12}$/m,
    /^Upstream +default http:/m,
    /^ +x-tokenwatch-ab-variant: b$/m,
    /^Explained by the running server \(http.*\)\. Nothing was sent, and nothing changed\.$/m,
  ])
    assert.match(spoken, line);
  assert.match(await cliWithoutServer(words), /Explained by the records in .* \(no server runs on them\)/);
});

test('an explanation leaves no trace', async () => {
  const lone = await startTestApp({ settings: CACHE });
  try {
    await post('/api/budgets', { name: 'all', limit: '5', period: 'daily' }, lone);
    await (await send('first', lone)).arrayBuffer();
    await lone.recordOf('first');
    const state = async (): Promise<object> => {
      const budgets = await (await fetch(`${lone.dashboardUrl}/api/budgets`)).json();
      const { journal } = (await (await fetch(`${lone.dashboardUrl}/api/status`)).json()) as StatusAnswer;
      const summary = await lone.analytics.summary({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
      return { budgets, journal, requests: summary.requests, asked: lone.provider.requests.length };
    };
    const before_ = await state();
    const question = { api: 'anthropic', headers: HEADERS, body: BODY, app: 'agent' };
    for (let index = 0; index < 20; index += 1) {
      // One that the cache would answer, one that it would not, one that would ask again.
      assert.equal((await explain(question, lone)).cache.use, 'exact');
      await explain({ ...question, body: { ...BODY, max_tokens: 60 } }, lone);
      await explain({ ...question, headers: { ...HEADERS, 'x-tokenwatch-cache': 'refresh' } }, lone);
    }
    assert.deepEqual(await state(), before_);
    // A flight that an explanation had begun would hold this one up.
    assert.equal((await send('second', lone)).headers.get('x-tokenwatch-cache'), 'HIT');
    await lone.recordOf('second');
    await lone.stop();
    const records = await visitStore({ TOKENWATCH_DATA_DIR: lone.dataDir }, 'refuse');
    const [answer] = await records.cache.recentAnswers('anthropic', 'messages', 10);
    await records.close();
    assert.equal(answer?.hits, 1);
  } finally {
    await lone.close();
  }
});

test('without a data folder nothing is made', async () => {
  const empty = join(folder, 'none');
  const env = { ...process.env, ...environment(app, '1'), TOKENWATCH_DATA_DIR: empty };
  const { stdout } = await run(
    process.execPath,
    ['bin/tokenwatch.js', 'explain-request', '--body-file', bodyFile],
    { env },
  );
  assert.match(stdout, /Budgets +none applies/);
  assert.equal(existsSync(empty), false);
  assert.deepEqual(readdirSync(folder), ['body.json']);
});

test('what no rule looks at, and what is refused, is said', async () => {
  const models = await explain({ api: 'openai', path: '/v1/models', method: 'get' });
  assert.deepEqual(
    [models.request.endpoint, models.request.unplanned, models.cost.worstNanoUsd],
    ['models', 'requests to models pass on unread', 0],
  );
  const text = await explain({ api: 'openai', body: 'no JSON' });
  assert.equal(text.request.unplanned, 'the body cannot be read: it is no JSON');
  assert.ok(text.routes.every(({ reason }) => reason === 'the body cannot be read: it is no JSON'));
  const nameless = await explain({ api: 'openai', body: { messages: [] } });
  assert.ok(nameless.routes.every(({ reason }) => reason === 'the request names no model'));
  const { outcome } = await explain({
    api: 'anthropic',
    body: BODY,
    headers: { 'X-TokenWatch-Cache': ['only', 'bypass'] },
  });
  assert.deepEqual([outcome.action, outcome.status, outcome.code], ['refuse', 400, 'bad_request']);
  const labelled = { api: 'anthropic', body: BODY, tag: 'mine', headers: { 'x-tokenwatch-tag': 'other' } };
  assert.deepEqual((await explain(labelled)).tag, { tag: 'mine', source: 'header', rule: null, rules: [] });
});

test('a header that is called as every object’s own members are is there only where it was sent', async () => {
  const conditions = [{ type: 'header', value: 'constructor=mine' }];
  await post('/api/routes', { name: 'odd', conditions, target: 'claude-haiku-4-5', priority: 1 });
  const seen = async (headers: Record<string, string>): Promise<readonly unknown[]> => {
    const { routes } = await explain({ api: 'anthropic', body: BODY, headers });
    const odd = routes.find(({ name }) => name === 'odd');
    return [odd?.decides, odd?.conditions[0]?.seen];
  };
  assert.deepEqual(await seen({}), [false, 'no constructor']);
  assert.deepEqual(await seen({ constructor: 'mine' }), [true, 'constructor']);
});

test('a wrong question is refused with what is wrong', async () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /"api" is missing: one of anthropic, openai/],
    [{ api: 'gemini' }, /"api" is "gemini", and not one of/],
    [{ api: 'openai', boddy: {} }, /no field "boddy"/],
    [{ api: 'openai', path: 'v1/models' }, /"path" is "v1\/models"/],
    [{ api: 'openai', headers: ['x: y'] }, /"headers" is \["x: y"\], and not an object/],
    [{ api: 'openai', headers: { x: 1 } }, /"headers.x" is 1, and not a text/],
  ];
  for (const [document, message] of wrong) {
    const response = await post('/api/explain', document);
    assert.equal(response.status, 400);
    assert.match(((await response.json()) as ErrorAnswer).error.message, message);
  }
  await assert.rejects(cli(['explain-request']), /Which request\? Give its body with --body-file/);
  await assert.rejects(cli(['explain-request', '--body-file', '/nowhere']), /nowhere" cannot be read/);
  const binary = join(folder, 'binary');
  writeFileSync(binary, Buffer.from([0xff, 0xfe]));
  await assert.rejects(cli(['explain-request', '--body-file', binary]), /is not UTF-8 text/);
  rmSync(binary);
  await assert.rejects(
    cli(['explain-request', '--body-file', bodyFile, '--header', 'nonsense']),
    /--header "nonsense" is not of the form "Name: value"/,
  );
});

test('an identical request that runs is explained as shared, within its application and tag', async () => {
  const upstream = await startHeldProvider();
  const lone = await startTestApp({ settings: { ...CACHE, TOKENWATCH_ANTHROPIC_URL: upstream.url } });
  try {
    const question = { api: 'anthropic', headers: HEADERS, body: BODY };
    const leaving = new AbortController();
    const running = fetch(`${lone.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { ...HEADERS, 'x-tokenwatch-app': 'agent' },
      body: JSON.stringify(BODY),
      signal: leaving.signal,
    }).catch(() => null);
    await upstream.call(0);
    const { cache, outcome } = await explain({ ...question, app: 'agent' }, lone);
    assert.deepEqual([cache.use, outcome.action], ['inflight', 'answer_from_cache']);
    const only = { ...HEADERS, 'x-tokenwatch-cache': 'only' };
    const refused = await explain({ ...question, app: 'agent', headers: only }, lone);
    assert.deepEqual([refused.outcome.action, refused.outcome.code], ['refuse', 'cache_miss']);
    assert.equal((await explain({ ...question, app: 'other' }, lone)).cache.use, 'miss');
    leaving.abort();
    await running;
  } finally {
    await lone.close();
    await upstream.close();
  }
});
