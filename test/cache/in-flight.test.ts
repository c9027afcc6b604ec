// Identical requests at the same time: one upstream call, and nobody suffers from another's failure.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { type HeldCall, type HeldProvider, startHeldProvider } from '../held-provider.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const MODEL = 'claude-haiku-4-5';
let provider: HeldProvider;
let app: TestApp;
before(async () => {
  provider = await startHeldProvider();
  app = await startTestApp({
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_ANTHROPIC_URL: provider.url },
  });
});
after(async () => {
  await app.close();
  await provider.close();
});

const client = (session: string): Anthropic =>
  new Anthropic({
    apiKey: 'key',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session },
  });
const question = (): Anthropic.MessageCreateParamsNonStreaming => ({
  model: MODEL,
  max_tokens: 100,
  messages: [{ role: 'user', content: `Tell me about parsers ${randomUUID()}` }],
});

function answer(call: HeldCall): void {
  call.head('application/json');
  call.end(
    JSON.stringify({
      id: `msg_${randomUUID()}`,
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [{ type: 'text', text: 'They read.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5 },
    }),
  );
}

function fail(call: HeldCall): void {
  call.head('application/json', 500);
  call.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'It broke.' } }));
}

/** Waits until the proxy has begun so many requests of a session, and has looked for what is stored. */
async function begun(session: string, count: number): Promise<void> {
  for (;;) {
    const recent = await app.analytics.recent({ limit: 100 });
    if (recent.filter((record) => record.session === session).length >= count) return;
    await sleep(5);
  }
}

test('five identical requests, streaming and not, share one upstream call', async () => {
  const session = randomUUID();
  const body = question();
  const asked = provider.calls;
  const first = client(session).messages.create(body);
  const call = await provider.call(asked);
  const others = [
    client(session).messages.create(body),
    client(session).messages.stream(body).finalMessage(),
    client(session).messages.create(body),
    client(session).messages.stream(body).finalMessage(),
  ];
  await begun(session, 5);
  answer(call);
  const answers = await Promise.all([first, ...others]);
  assert.equal(provider.calls, asked + 1);
  for (const { content } of answers) assert.deepEqual(content, answers[0]?.content);
  assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
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
  const body = question();
  const asked = provider.calls;
  const first = client(session).messages.create(body);
  const call = await provider.call(asked);
  const all = [first, client(session).messages.create(body), client(session).messages.create(body)];
  await begun(session, 3);
  fail(call);
  void provider.call(asked + 1).then(fail);
  void provider.call(asked + 2).then(fail);
  const results = await Promise.allSettled(all);
  assert.ok(results.every((result) => result.status === 'rejected'));
  assert.equal(provider.calls, asked + 3);
  const records = await app.recordsOf(session, 3);
  assert.ok(records.every((record) => record.outcome === 'upstream_error'));
});

test('when the first client leaves, its call goes on for the others', async () => {
  const leaving = randomUUID();
  const staying = randomUUID();
  const body = question();
  const asked = provider.calls;
  const ask = (session: string) => {
    const headers = {
      'content-type': 'application/json',
      'x-api-key': 'key',
      'x-tokenwatch-session': session,
    };
    const url = `${app.proxyUrl}/anthropic/v1/messages`;
    const asking = request(url, { method: 'POST', headers, agent: false });
    asking.on('error', () => {}).end(JSON.stringify(body));
    return asking;
  };
  const first = ask(leaving);
  const call = await provider.call(asked);
  const others = [staying, staying].map(async (session) => {
    const [response] = (await once(ask(session), 'response')) as [IncomingMessage];
    return (await response.toArray()).join('');
  });
  await begun(staying, 2);
  // Who only hangs up may still be listening, and is asked for a while.
  first.socket?.resetAndDestroy();
  // By now the proxy has heard it: a connection that was opened later is answered.
  const [later] = (await once(get(`${app.proxyUrl}/health`, { agent: false }), 'response')) as [
    IncomingMessage,
  ];
  later.resume();
  answer(call);
  const answers = await Promise.all(others);
  assert.match(answers[0] ?? '', /They read/);
  assert.equal(answers[0], answers[1]);
  assert.equal(provider.calls, asked + 1);
  const left = await app.recordOf(leaving);
  assert.equal(left.outcome, 'client_gone');
  assert.ok((left.costNanoUsd ?? 0) > 0);
  const records = await app.recordsOf(staying, 2);
  for (const record of records) assert.deepEqual([record.outcome, record.costNanoUsd], ['cached', 0]);
});

test('a client that leaves while it waits is recorded, and costs nothing', async () => {
  const waiting = randomUUID();
  const body = question();
  const asked = provider.calls;
  const first = client(randomUUID()).messages.create(body);
  const call = await provider.call(asked);
  const abort = new AbortController();
  const second = client(waiting).messages.create(body, { signal: abort.signal });
  await begun(waiting, 1);
  abort.abort();
  await assert.rejects(second);
  const record = await app.recordOf(waiting);
  assert.equal(record.outcome, 'client_gone');
  assert.equal(record.usage.inputTokens, 0);
  answer(call);
  await first;
  assert.equal(provider.calls, asked + 1);
});
