// An upstream that says nothing until a request's time is over: it may have worked all the while, and be paid for it.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const BODY = JSON.stringify({
  model: 'gpt-4o',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'x' }],
});

async function start(context: TestContext): Promise<TestApp> {
  const app = await startTestApp({
    settings: { TOKENWATCH_OVERALL_TIMEOUT: '300ms', TOKENWATCH_RETRY: '0' },
  });
  context.after(() => app.close());
  return app;
}

async function askSilent(app: TestApp, session: string): Promise<number> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-simulate': 'hang',
      'x-tokenwatch-session': session,
    },
    body: BODY,
  });
  await response.arrayBuffer();
  return response.status;
}

async function api(app: TestApp, path: string, body?: object): Promise<unknown> {
  const headers = { ...app.adminHeaders, 'content-type': 'application/json' };
  const asked = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`${app.dashboardUrl}/api${path}`, { headers, ...asked })).json();
}

test('a request that timed out without a word costs what was set aside for it, and budgets fill up', async (context) => {
  const app = await start(context);
  // Enough for two of them.
  await api(app, '/budgets', { name: 'all', limit: 0.025, period: 'total', action: 'block' });
  const statuses: number[] = [];
  for (const session of ['one', 'two', 'three']) {
    statuses.push(await askSilent(app, session));
    const { outcome, costNanoUsd, reservedNanoUsd, usageSource } = await app.recordOf(session);
    if (session === 'three') assert.deepEqual([outcome, costNanoUsd], ['refused', 0]);
    else {
      assert.deepEqual([outcome, usageSource], ['timed_out', 'none'], session);
      assert.ok((reservedNanoUsd ?? 0) > 10_000_000, `${reservedNanoUsd} were set aside`);
      assert.equal(costNanoUsd, reservedNanoUsd, session);
    }
  }
  assert.deepEqual(statuses, [504, 504, 429]);
  const { costNanoUsd } = await app.analytics.summary({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  const { budgets } = (await api(app, '/budget/status')) as { budgets: { spentUsd: string }[] };
  assert.equal(Number(budgets[0]?.spentUsd), costNanoUsd / 1e9);
});

test('without a budget nobody knows what it cost: it is not free', async (context) => {
  const app = await start(context);
  assert.equal(await askSilent(app, 'alone'), 504);
  const { outcome, costNanoUsd } = await app.recordOf('alone');
  assert.deepEqual([outcome, costNanoUsd], ['timed_out', null]);
});

test('what no upstream got costs nothing', async (context) => {
  const app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:1' } });
  context.after(() => app.close());
  assert.equal(await askSilent(app, 'nowhere'), 502);
  const { outcome, costNanoUsd } = await app.recordOf('nowhere');
  assert.deepEqual([outcome, costNanoUsd], ['unreachable', 0]);
});
