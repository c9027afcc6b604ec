// `/metrics`: what a scraper finds is what the traffic was.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
});
after(() => app.close());

/** Every sample by its name and labels as they stand. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${app.dashboardUrl}/metrics`);
  assert.equal(response.status, 200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const sumOf = (samples: ReadonlyMap<string, number>, pattern: RegExp): number =>
  [...samples].reduce((sum, [name, value]) => (pattern.test(name) ? sum + value : sum), 0);

let sessions = 0;
async function send(body: object, headers: Record<string, string> = {}): Promise<string> {
  sessions += 1;
  const session = `prometheus-${sessions}`;
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...headers },
    body: JSON.stringify({ max_tokens: 16, messages: [{ role: 'user', content: session }], ...body }),
  });
  await response.arrayBuffer();
  return session;
}

test('requests, tokens and dollars add up to what the records say', async () => {
  const model = 'claude-haiku-4-5';
  const sent = [
    await send({ model }, { 'x-tokenwatch-app': 'shop' }),
    await send({ model, stream: true }, { 'x-tokenwatch-app': 'shop', 'x-tokenwatch-tag': 'search' }),
  ];
  const records = await Promise.all(sent.map((session) => app.recordOf(session)));
  const costUsd = records.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0) / 1e9;
  const samples = await scrape();
  assert.ok(costUsd > 0);
  assert.equal(
    sumOf(samples, /^tokenwatch_requests_total\{api="anthropic",.*outcome="completed",status="2xx"/),
    2,
  );
  assert.ok(Math.abs((samples.get('tokenwatch_app_cost_usd_total{app="shop"}') ?? 0) - costUsd) < 1e-12);
  assert.ok(Math.abs(sumOf(samples, /^tokenwatch_cost_usd_total/) - costUsd) < 1e-12);
  assert.equal(
    sumOf(samples, /^tokenwatch_tokens_total\{.*type="output"/),
    records.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
  );
  assert.equal(
    sumOf(samples, /^gen_ai_client_operation_duration_seconds_count\{gen_ai_operation_name="chat"/),
    2,
  );
  assert.equal(sumOf(samples, /^gen_ai_client_operation_time_to_first_chunk_seconds_count/), 1);
  assert.equal(sumOf(samples, /^gen_ai_client_token_usage_count\{.*gen_ai_token_type="input"/), 2);
  assert.equal(samples.get('tokenwatch_requests_in_flight'), 0);
  assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1e6);
});

test('an answer from the cache is one of the client, and none of the upstream', async () => {
  const body = { model: 'claude-haiku-4-5', messages: [{ role: 'user', content: 'the same' }] };
  await app.recordOf(await send(body));
  const before = await scrape();
  await app.recordOf(await send(body));
  const after = await scrape();
  const grown = (pattern: RegExp): number => sumOf(after, pattern) - sumOf(before, pattern);
  assert.equal(grown(/^tokenwatch_requests_total\{.*outcome="cached"/), 1);
  assert.equal(grown(/^tokenwatch_cache_requests_total\{use="exact"/), 1);
  assert.ok(grown(/^tokenwatch_cache_saved_usd_total/) > 0);
  assert.equal(grown(/^gen_ai_client_operation_duration_seconds_count/), 0);
  assert.equal(grown(/^tokenwatch_upstream_attempts_total/), 0);
});

test('names that clients make up are told together, and cost at an unknown price is not zero dollars', async () => {
  const before = await scrape();
  for (let index = 0; index < 60; index += 1)
    await send(
      { model: `made-up-${index}` },
      { 'x-tokenwatch-app': `app-${index}`, 'x-simulate': 'status=404' },
    );
  const last = await send({ model: 'a-model-without-a-price' });
  assert.equal((await app.recordOf(last)).costNanoUsd, null);
  const after = await scrape();
  assert.equal(sumOf(after, /made-up-/), 0);
  assert.equal(sumOf(after, /^tokenwatch_requests_total\{api="anthropic",model="other",.*status="4xx"/), 60);
  assert.equal([...after.keys()].filter((name) => /^tokenwatch_app_requests_total/.test(name)).length, 51);
  assert.ok((after.get('tokenwatch_label_overflow_total{label="app"}') ?? 0) >= 10);
  assert.equal(after.get('tokenwatch_unpriced_requests_total{model="a-model-without-a-price"}'), 1);
  assert.equal(
    sumOf(after, /^tokenwatch_cost_usd_total/),
    sumOf(before, /^tokenwatch_cost_usd_total/),
    'what has no price is in no sum',
  );
});

test('a budget shows where it stands', async () => {
  const added = await fetch(`${app.dashboardUrl}/api/budgets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'month', limit: '5', period: 'monthly' }),
  });
  assert.equal(added.status, 200, await added.text());
  const samples = await scrape();
  assert.equal(samples.get('tokenwatch_budget_limit_usd{budget="month",period="monthly"}'), 5);
  assert.ok((samples.get('tokenwatch_budget_spent_usd{budget="month",period="monthly"}') ?? 0) > 0);
});

test('figures are on the dashboard, and not where applications are', async () => {
  assert.equal((await fetch(`${app.proxyUrl}/metrics`)).status, 404);
  const foreign = await fetch(`${app.dashboardUrl}/metrics`, {
    headers: { origin: 'http://elsewhere.example' },
  });
  assert.equal(foreign.status, 403);
});
