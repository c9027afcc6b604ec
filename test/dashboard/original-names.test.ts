// The API's names of the original keep working, and say the same as the names of today.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/dashboard/contract.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { assertDeclared } from './answer-check.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
  for (const [path, document] of [
    ['/api/routes', rule('mini', 'routed', 'gpt-4o-mini')],
    ['/api/routes', rule('never', 'nobody', 'gpt-4.1')],
    ['/api/budgets', { name: 'all', limit: 25, period: 'daily' }],
    ['/api/kills', { app: 'runaway' }],
    ['/api/experiments', { name: 'halves', modelA: 'gpt-4.1', modelB: 'gpt-4.1-mini' }],
  ] as const)
    await json(path, document);
  for (const name of ['routed', 'routed', 'other']) await send(name);
  // Their clients have the answers a moment before they are on record.
  await app.recordsOf('originals', 3);
});
after(() => app.close());

const rule = (name: string, value: string, target: string) => ({
  name,
  target,
  conditions: [{ type: 'source_app', value }],
});

async function json<T>(path: string, document?: unknown): Promise<T> {
  const posted: RequestInit =
    document === undefined ? {} : { method: 'POST', body: JSON.stringify(document) };
  const response = await fetch(app.dashboardUrl + path, posted);
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  const answer = (await response.json()) as T;
  assertDeclared(posted.method ?? 'GET', path, answer);
  return answer;
}

async function send(name: string): Promise<void> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-app': name,
      'x-tokenwatch-session': 'originals',
    },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.arrayBuffer();
}

test('every name of the original answers', async () => {
  for (const path of [
    '/api/stats',
    '/api/recent',
    '/api/timeseries',
    '/api/cost/by-tag',
    '/api/cost/by-app',
    '/api/cost/by-session',
    '/api/cost/forecast',
    '/api/routing/stats',
    '/api/cache/stats',
    '/api/budget/status',
    '/api/ab/list',
    '/api/ab/report/halves',
    '/api/upstreams',
  ])
    assert.ok(Object.keys(await json<object>(path)).length > 0, path);
});

test('routing rules are told with what they have done, those that never matched and removed ones too', async () => {
  const { rules, unroutedRequests } = await json<Answer<'routingStats'>>('/api/routing/stats');
  assert.deepEqual(
    rules.map(({ name, target, enabled, requests }) => [name, target, enabled, requests]),
    [
      ['mini', 'gpt-4o-mini', true, 2],
      ['never', 'gpt-4.1', true, 0],
    ],
  );
  assert.ok((rules[0]?.costNanoUsd ?? 0) > 0);
  assert.equal(unroutedRequests, 1);
  await fetch(`${app.dashboardUrl}/api/routes/mini`, { method: 'DELETE' });
  const after = await json<Answer<'routingStats'>>('/api/routing/stats?range=1h');
  const removed = after.rules.find(({ name }) => name === 'mini');
  assert.deepEqual([removed?.target, removed?.enabled, removed?.requests], [null, null, 2]);
});

test('the status of budgets says what is spent and what is stopped', async () => {
  const { budgets, stopped } = await json<{
    budgets: { name: string; spentUsd: string }[];
    stopped: { stops: string }[];
  }>('/api/budget/status');
  assert.deepEqual(
    budgets.map(({ name }) => name),
    ['all'],
  );
  assert.ok(Number(budgets[0]?.spentUsd) > 0);
  assert.match(stopped[0]?.stops ?? '', /runaway/);
  assert.deepEqual(await json('/api/cache/stats'), await json('/api/cache'));
});

test('a wrong name beside them is refused with the right one', async () => {
  for (const [path, about] of [
    ['/api/routing/weather', /\/api\/routing\/stats/],
    ['/api/budget/weather', /\/api\/budget\/status/],
  ] as const) {
    const response = await fetch(app.dashboardUrl + path);
    assert.equal(response.status, 404);
    assert.match(await response.text(), about);
  }
});
