// Identical requests at the same time: one upstream call, and nobody suffers from another's failure.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
});
after(() => app.close());

const client = (session: string): Anthropic =>
  new Anthropic({
    apiKey: 'key',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session },
  });
const question = (controls: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: `claude-haiku-4-5+simulate:${controls}`,
  max_tokens: 100,
  messages: [{ role: 'user', content: `Tell me about parsers ${randomUUID()}` }],
});

/** Waits until the proxy has begun so many requests of a session. */
async function begun(session: string, count: number): Promise<void> {
  for (;;) {
    const recent = await app.analytics.recent({ limit: 100 });
    if (recent.filter((record) => record.session === session).length >= count) return;
    await sleep(5);
  }
}

test('five identical requests, streaming and not, share one upstream call', async () => {
  const session = randomUUID();
  const body = question('delay=400');
  const asked = app.provider.requests.length;
  const first = client(session).messages.create(body);
  await app.provider.arrival(asked);
  const others = [
    client(session).messages.create(body),
    client(session).messages.stream(body).finalMessage(),
    client(session).messages.create(body),
    client(session).messages.stream(body).finalMessage(),
  ];
  const answers = await Promise.all([first, ...others]);
  assert.equal(app.provider.requests.length, asked + 1);
  for (const answer of answers) assert.deepEqual(answer.content, answers[0]?.content);
  assert.equal(new Set(answers.map((answer) => answer.id)).size, 1);
  const records = await app.recordsOf(session, 5);
  assert.deepEqual(records.map((record) => record.cacheUse).sort(), [
    'inflight',
    'inflight',
    'inflight',
    'inflight',
    'miss',
  ]);
  for (const record of records) if (record.cacheUse === 'inflight') assert.equal(record.costNanoUsd, 0);
});

test('when the first fails, the others ask for themselves', async () => {
  const session = randomUUID();
  const body = question('delay=300;status=500');
  const asked = app.provider.requests.length;
  const first = client(session).messages.create(body);
  await app.provider.arrival(asked);
  const all = [first, client(session).messages.create(body), client(session).messages.create(body)];
  const results = await Promise.allSettled(all);
  assert.ok(results.every((result) => result.status === 'rejected'));
  assert.equal(app.provider.requests.length, asked + 3);
  const records = await app.recordsOf(session, 3);
  assert.ok(records.every((record) => record.outcome === 'upstream_error'));
});

test('when the first client leaves, its call goes on for the others', async () => {
  const leaving = randomUUID();
  const staying = randomUUID();
  const body = question('delay=700');
  const asked = app.provider.requests.length;
  const abort = new AbortController();
  const first = client(leaving).messages.create(body, { signal: abort.signal });
  await app.provider.arrival(asked);
  const others = [
    client(staying).messages.create(body),
    client(staying).messages.stream(body).finalMessage(),
  ];
  await begun(staying, 2);
  abort.abort();
  await assert.rejects(first);
  const answers = await Promise.all(others);
  assert.deepEqual(answers[0]?.content, answers[1]?.content);
  assert.equal(app.provider.requests.length, asked + 1);
  const left = await app.recordOf(leaving);
  assert.equal(left.outcome, 'client_gone');
  assert.ok((left.costNanoUsd ?? 0) > 0);
  const records = await app.recordsOf(staying, 2);
  for (const record of records) assert.deepEqual([record.outcome, record.costNanoUsd], ['cached', 0]);
});

test('a client that leaves while it waits is recorded, and costs nothing', async () => {
  const waiting = randomUUID();
  const body = question('delay=500');
  const asked = app.provider.requests.length;
  const first = client(randomUUID()).messages.create(body);
  await app.provider.arrival(asked);
  const abort = new AbortController();
  const second = client(waiting).messages.create(body, { signal: abort.signal });
  await begun(waiting, 1);
  abort.abort();
  await assert.rejects(second);
  const record = await app.recordOf(waiting);
  assert.equal(record.outcome, 'client_gone');
  assert.equal(record.usage.inputTokens, 0);
  await first;
  assert.equal(app.provider.requests.length, asked + 1);
});
