// What users set by the JSON API: the same editors as the command line, in force when the answer has come.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import type { ErrorAnswer } from '../../src/dashboard/contract.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { assertDeclared } from './answer-check.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

async function api(method: string, path: string, document?: unknown): Promise<Response> {
  return fetch(app.dashboardUrl + path, {
    method,
    headers: app.adminHeaders,
    ...(document !== undefined && {
      body: typeof document === 'string' ? document : JSON.stringify(document),
    }),
  });
}

async function json<T>(method: string, path: string, document?: unknown): Promise<T> {
  const response = await api(method, path, document);
  assert.equal(response.status, 200, `${method} ${path}: ${await response.clone().text()}`);
  const answer = (await response.json()) as T;
  assertDeclared(method, path, answer);
  return answer;
}

async function send(headers: Record<string, string> = {}): Promise<Headers> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': randomUUID(), ...headers },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.arrayBuffer();
  return response.headers;
}

const ROUTE = {
  name: 'mini',
  conditions: [{ type: 'source_app', value: 'routed' }],
  target: 'gpt-4o-mini',
};

test('a routing rule is added, switched and removed, and holds when the answer has come', async () => {
  const headers = { 'x-tokenwatch-app': 'routed' };
  const { added } = await json<{ added: object }>('POST', '/api/routes', ROUTE);
  assert.deepEqual(added, {
    ...ROUTE,
    match: 'all',
    api: null,
    targetApi: 'openai',
    priority: 100,
    enabled: true,
    upstream: null,
  });
  assert.equal((await send(headers)).get('x-tokenwatch-routing-rule'), 'mini');
  await json('POST', '/api/routes/mini', { enabled: false });
  assert.equal((await send(headers)).get('x-tokenwatch-routing-rule'), null);
  await json('POST', '/api/routes/mini', { enabled: true });
  assert.equal((await send(headers)).get('x-tokenwatch-routing-rule'), 'mini');
  const { routes } = await json<{ routes: { name: string; target: string }[] }>('GET', '/api/routes');
  assert.deepEqual(
    routes.map(({ name, target }) => [name, target]),
    [['mini', 'gpt-4o-mini']],
  );
  assert.deepEqual(await json('DELETE', '/api/routes/mini'), { removed: 'mini' });
  assert.equal((await send(headers)).get('x-tokenwatch-routing-rule'), null);
});

test('tag rules and A/B tests are set the same way, and the command line sees them', async () => {
  const condition = { type: 'regex', value: '(?i)hello' };
  await json('POST', '/api/tags', { name: 'greeting', condition, tag: 'feature=greeting' });
  await json('POST', '/api/experiments', {
    name: 'ab:1',
    modelA: 'gpt-4o',
    modelB: 'gpt-4o-mini',
    split: 100,
  });
  const session = randomUUID();
  const answered = await send({ 'x-tokenwatch-session': session });
  assert.equal(answered.get('x-tokenwatch-ab-test'), 'ab:1');
  const record = await app.recordOf(session);
  assert.deepEqual([record.tag, record.modelSent], ['feature=greeting', 'gpt-4o-mini']);
  const report = await json<{
    name: string;
    variants: { variant: string; requests: number }[];
    enough: boolean;
  }>('GET', '/api/experiments/ab%3A1');
  assert.deepEqual(
    [report.name, report.variants.map(({ variant, requests }) => [variant, requests]), report.enough],
    ['ab:1', [['b', 1]], false],
  );
  const cli = (...words: string[]): Promise<string> => runWords(words, { TOKENWATCH_DATA_DIR: app.dataDir });
  assert.match(await cli('tag', 'list'), /greeting +regex \(\?i\)hello +feature=greeting/);
  assert.match(await cli('ab', 'list'), /ab:1 .*active/);
  await json('POST', '/api/experiments/ab:1', { state: 'paused' });
  assert.equal((await send()).get('x-tokenwatch-ab-test'), null);
  await json('DELETE', '/api/experiments/ab:1');
  await json('DELETE', '/api/tags/greeting');
  assert.deepEqual(await json('GET', '/api/tags'), { tags: [], fault: null });
  assert.deepEqual(await json('GET', '/api/experiments'), { experiments: [], fault: null });
});

test('a budget and a kill switch hold when the answer has come, and go when they are removed', async () => {
  const spender = { 'x-tokenwatch-app': 'spender' };
  const set = await json<{ added: { name: string; limitUsd: string; webhookSecret?: string } }>(
    'POST',
    '/api/budgets',
    {
      limit: 0.00001,
      period: 'total',
      app: 'spender',
      webhookUrl: 'http://127.0.0.1:9/hook',
      action: 'block',
    },
  );
  assert.equal(set.added.limitUsd, '0.00001');
  assert.match(set.added.webhookSecret ?? '', /^whsec_/);
  assert.equal((await send(spender)).get('x-tokenwatch-error'), 'budget_exceeded');
  const listed = await api('GET', '/api/budgets');
  const text = await listed.text();
  assert.doesNotMatch(text, /whsec_/);
  assert.match(text, /"name":"total spender".*"spentUsd":"0"/);
  assert.match(text, /"webhookUrl":"http:\/\/127.0.0.1:9\/…"/);
  // Who changes its limit need not be who may know what its webhook is signed with.
  const changed = await json('POST', '/api/budgets', { name: 'total spender', limit: '25' });
  assert.doesNotMatch(JSON.stringify(changed), /whsec_|hook"/);
  assert.equal((await send(spender)).get('x-tokenwatch-error'), null);
  const { added } = await json<{ added: { id: string; stops: string } }>('POST', '/api/kills', {
    app: 'spender',
  });
  assert.equal(added.stops, 'app spender');
  assert.equal((await send(spender)).get('x-tokenwatch-error'), 'budget_killed');
  await json('DELETE', `/api/kills/${added.id}`);
  assert.equal((await send(spender)).get('x-tokenwatch-error'), null);
  await json('DELETE', '/api/budgets/total%20spender');
  assert.deepEqual(await json('GET', '/api/budgets'), { budgets: [], fault: null });
  assert.deepEqual(await json('GET', '/api/kills'), { kills: [], fault: null });
});

test('no request sees half a change while rules change', async () => {
  await json('POST', '/api/routes', { ...ROUTE, name: 'first', priority: 1 });
  await json('POST', '/api/routes', { ...ROUTE, name: 'second', target: 'gpt-5' });
  let changing = true;
  const changes = (async () => {
    for (let index = 0; index < 20; index += 1)
      await json('POST', '/api/routes/first', { enabled: index % 2 === 1 });
    changing = false;
  })();
  const seen = new Set<string>();
  while (changing) {
    const headers = await send({ 'x-tokenwatch-app': 'routed' });
    seen.add(`${headers.get('x-tokenwatch-routing-rule')} ${headers.get('x-tokenwatch-routed-model')}`);
  }
  await changes;
  for (const pair of seen) assert.ok(['first gpt-4o-mini', 'second gpt-5'].includes(pair), pair);
  await json('DELETE', '/api/routes/first');
  await json('DELETE', '/api/routes/second');
});

test('what is wrong is refused with the field, the value and what would do', async () => {
  const long = { ...ROUTE, conditions: [{ type: 'token_count', value: 'many' }] };
  const refusals: readonly (readonly [string, string, unknown, number, RegExp])[] = [
    ['POST', '/api/routes', '{', 400, /no JSON/],
    ['POST', '/api/routes', [], 400, /no JSON object/],
    ['POST', '/api/routes', { ...ROUTE, prioritty: 1 }, 400, /no field "prioritty", only name, conditions/],
    [
      'POST',
      '/api/routes',
      { ...ROUTE, priority: 'high' },
      400,
      /"priority" is "high", and not a whole number/,
    ],
    ['POST', '/api/routes', { ...ROUTE, priority: -1 }, 400, /not a whole number/],
    ['POST', '/api/routes', { ...ROUTE, match: 'some' }, 400, /"match" is "some", and not one of all, any/],
    [
      'POST',
      '/api/routes',
      { ...ROUTE, conditions: ['x'] },
      400,
      /"conditions\[0\]" is "x", and not an object/,
    ],
    [
      'POST',
      '/api/routes',
      { ...ROUTE, conditions: 'x' },
      400,
      /"conditions" is "x", and not a list of objects/,
    ],
    ['POST', '/api/routes', { ...ROUTE, name: undefined }, 400, /"name" is missing/],
    ['POST', '/api/routes', long, 400, /The value "many" of condition "token_count" is not a comparison/],
    ['POST', '/api/routes/none', { enabled: true }, 404, /No routing rule is named "none"/],
    ['POST', '/api/routes/none', {}, 400, /"enabled" is missing/],
    ['DELETE', '/api/tags/none', undefined, 404, /No tag rule is named "none"/],
    ['POST', '/api/tags', { name: 'x', tag: 'y' }, 400, /"condition" is missing/],
    [
      'POST',
      '/api/tags',
      { name: 'x', tag: 'y', condition: { type: 'regex' } },
      400,
      /"condition.value" is missing: a text/,
    ],
    ['POST', '/api/experiments', { name: 'x', modelA: 'a', modelB: 'a' }, 400, /needs two models/],
    [
      'POST',
      '/api/experiments',
      { name: 'x', modelA: 'a', modelB: 'b', split: 120 },
      400,
      /not a percentage/,
    ],
    ['POST', '/api/budgets', { limit: 'much' }, 400, /limit "much" is not an amount/],
    ['POST', '/api/budgets', { limit: [5] }, 400, /"limit" is \[5\], and not an amount/],
    ['POST', '/api/budgets', { limit: 5, periode: 'daily' }, 400, /no field "periode"/],
    ['DELETE', '/api/budgets/none', undefined, 404, /No budget is named "none"/],
    ['DELETE', '/api/kills/none', undefined, 404, /No kill switch has the id "none"/],
    ['PUT', '/api/routes', ROUTE, 405, /PUT is not known at \/api\/routes, only GET, POST/],
    ['DELETE', '/api/routes', undefined, 405, /only GET, POST/],
    ['POST', '/api/routes?dry=1', ROUTE, 400, /no parameter "dry": what is sent goes into the body/],
    ['POST', '/api/weather', {}, 404, /There is no \/api\/weather/],
    ['POST', '/api/stats', {}, 405, /only GET/],
    ['DELETE', '/api/v1/tags/', undefined, 404, /There is no/],
    ['GET', '/api/weather', undefined, 404, /There are .*\/api\/tags, \/api\/routes, \/api\/experiments/],
  ];
  for (const [method, path, document, status, message] of refusals) {
    const response = await api(method, path, document);
    const { error } = (await response.json()) as ErrorAnswer;
    assert.equal(response.status, status, `${method} ${path}: ${error.message}`);
    assert.match(error.message, message);
    if (status === 405) assert.ok(response.headers.get('allow')?.includes('GET'));
  }
  assert.deepEqual(await json('GET', '/api/routes'), { routes: [], fault: null });
});

test("another site's page cannot set anything", async () => {
  for (const [method, headers] of [
    ['POST', { origin: 'https://evil.example' }],
    ['POST', { host: 'evil.example' }],
    ['DELETE', { origin: 'https://evil.example' }],
  ] as const) {
    const path = method === 'POST' ? '/api/routes' : '/api/routes/mini';
    const asked = httpRequest(app.dashboardUrl + path, { method, headers });
    asked.end(method === 'POST' ? JSON.stringify(ROUTE) : undefined);
    const [response] = await once(asked, 'response');
    response.resume();
    assert.equal(response.statusCode, 403, JSON.stringify(headers));
  }
  assert.deepEqual(await json('GET', '/api/routes'), { routes: [], fault: null });
});

test('a body that is too large is refused, and its client hears so', async () => {
  const small = await startTestApp({ settings: { TOKENWATCH_MAX_BODY_BYTES: '1000' } });
  try {
    const response = await fetch(`${small.dashboardUrl}/api/routes`, {
      method: 'POST',
      body: JSON.stringify({ ...ROUTE, name: 'x'.repeat(2_000_000) }),
    });
    assert.equal(response.status, 413);
    assert.match(((await response.json()) as ErrorAnswer).error.message, /larger than 1000 bytes/);
  } finally {
    await small.close();
  }
});
