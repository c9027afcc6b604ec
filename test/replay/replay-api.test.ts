// Replays by the JSON API: chosen, planned, run through the proxy, watched, cancelled and compared.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ErrorAnswer } from '../../src/dashboard/contract.ts';
import type { Answer, Question } from '../../src/dashboard/handlers/handlers.ts';
import { type EndpointName, pathOf } from '../../src/dashboard/paths.ts';
import { assertDeclared } from '../dashboard/answer-check.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { promptsAreStored } from '../stored-prompts.ts';

let app: TestApp;
const PROMPTS = 4;

before(async () => {
  app = await startTestApp({
    settings: {
      TOKENWATCH_STORE_PROMPTS: 'true',
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_CACHE_EMBEDDER: 'off',
    },
    environment: { OPENAI_API_KEY: 'key-of-the-test' },
  });
  for (let prompt = 0; prompt < PROMPTS; prompt += 1) await send(prompt);
  await promptsAreStored(app, PROMPTS);
});
after(() => app.close());

async function send(prompt: number): Promise<void> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-app': prompt === 0 ? 'first' : 'others' },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      max_tokens: 40,
      messages: [{ role: 'user', content: `Question ${prompt}` }],
    }),
  });
  await response.arrayBuffer();
}

async function ask<Name extends EndpointName>(name: Name, question: Question<Name>): Promise<Answer<Name>> {
  const { status, answer } = await raw(name, question);
  assert.equal(status, 200, JSON.stringify(answer));
  return answer as Answer<Name>;
}

async function raw<Name extends EndpointName>(
  name: Name,
  question: Question<Name>,
): Promise<{ readonly status: number; readonly answer: unknown }> {
  const { method, path, placeholder } = pathOf(name);
  const { [placeholder ?? '']: own, ...fields } = { ...question } as Record<string, unknown>;
  const url = `/api/v1${path}${placeholder === null ? '' : `/${own}`}`;
  const query = method === 'GET' ? `?${new URLSearchParams(fields as Record<string, string>)}` : '';
  const response = await fetch(app.dashboardUrl + url + query, {
    method,
    headers: app.adminHeaders,
    ...(method === 'POST' && { body: JSON.stringify(fields) }),
  });
  const answer = await response.json();
  if (response.ok) assertDeclared(method, url, answer);
  return { status: response.status, answer };
}

async function ended(id: string): Promise<Answer<'replay'>> {
  for (;;) {
    const answer = await ask('replay', { id });
    if (answer.replay.endedAtMs !== null) return answer;
  }
}

test('prompts are listed page by page, and narrowed', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Answer<'prompts'> = await ask('prompts', {
      limit: 3,
      ...(cursor !== null && { cursor }),
    });
    seen.push(...page.prompts.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.equal(new Set(seen).size, PROMPTS);
  assert.deepEqual(seen, seen.toSorted().reverse());
  const { prompts, stored } = await ask('prompts', { app: 'first' });
  assert.deepEqual([prompts.length, prompts[0]?.app, stored.items], [1, 'first', PROMPTS]);
});

test('a plan tells what it would cost and sends nothing; what cannot be afforded does not begin', async () => {
  const before = app.provider.requests.length;
  const plan = await ask('replayPlan', { target: 'gpt-4o', noise: 1 });
  assert.deepEqual([plan.prompts, plan.requests, plan.unpriced, plan.refused], [PROMPTS, PROMPTS + 1, 0, []]);
  assert.ok(plan.worstNanoUsd >= plan.expectedNanoUsd && plan.expectedNanoUsd > 0);
  const [only] = plan.chosen;
  const one = await ask('replayPlan', { target: 'gpt-4o', ids: [only?.id ?? '', 'unknown'] });
  assert.deepEqual(one.chosen, [only]);
  for (const [question, status, about] of [
    [{ target: 'gpt-4o', maxCostUsd: 0.0000001 }, 429, /can cost up to \$.* Raise that/],
    [{ target: 'openai:mystery-9' }, 429, /price of "mystery-9" is unknown/],
    [{ target: 'gpt-4o', app: 'nobody' }, 404, /No stored prompt/],
    [{ target: 'gpt-4o', judge: 'gpt-4o' }, 400, /"judge" is "gpt-4o", and not openai:MODEL/],
    [{ target: 'gpt-4o', maxCostUsd: 'much' }, 400, /"maxCostUsd" is "much", and not an amount/],
  ] as const) {
    const { status: given, answer } = await raw('replayStart', question as Question<'replayStart'>);
    assert.equal(given, status);
    assert.match((answer as ErrorAnswer).error.message, about);
  }
  assert.deepEqual((await ask('replays', {})).replays, []);
  assert.equal(app.provider.requests.length, before);
});

test('what the cache answered says nothing of a model: left out, and unknown where it is asked for', async () => {
  await send(1);
  await promptsAreStored(app, PROMPTS + 1);
  const cached = (await ask('prompts', { limit: 1 })).prompts[0];
  assert.deepEqual([cached?.outcome, cached?.costNanoUsd], ['cached', 0]);
  const plan = await ask('replayPlan', { target: 'gpt-4o-mini' });
  assert.deepEqual([plan.prompts, plan.fromCache], [PROMPTS, 1]);
  const { status, answer } = await raw('replayStart', { target: 'gpt-4o-mini', from: cached?.startedAtMs });
  assert.equal(status, 404);
  assert.match((answer as ErrorAnswer).error.message, /\(1\) were answered from the cache/);
  const own = { target: 'gpt-4o-mini', ids: [cached?.id ?? ''] };
  const { expectedNanoUsd, worstNanoUsd, fromCache } = await ask('replayPlan', own);
  assert.deepEqual([expectedNanoUsd, fromCache], [worstNanoUsd, 0], 'of no tokens it would be nearly free');
  const { started } = await ask('replayStart', own);
  const { comparison } = await ended(started.id);
  const { recorded, replayed, change } = comparison?.overall ?? {};
  assert.deepEqual(
    [recorded?.unpriced, recorded?.medianLatencyMs, recorded?.inputTokens, recorded?.errors],
    [1, null, null, 0],
  );
  assert.ok((replayed?.costNanoUsd ?? 0) > 0);
  assert.deepEqual(change?.cost, { ratio: null, of: 0 });
  await ask('replayRemove', { id: started.id });
});

test('a run goes through the proxy, is told when it ends, is kept, and is not paid twice', async () => {
  const before = app.provider.requests.length;
  const { started } = await ask('replayStart', { target: 'gpt-4o' });
  assert.deepEqual([started.state, started.prompts, started.requests], ['running', PROMPTS, PROMPTS]);
  const { replay, comparison } = await ended(started.id);
  assert.deepEqual([replay.state, replay.done, replay.fault], ['done', PROMPTS, null]);
  assert.ok(replay.spentNanoUsd > 0 && replay.spentNanoUsd <= replay.mostNanoUsd);
  assert.equal(comparison?.prompts.length, PROMPTS);
  assert.match(comparison?.prompts[0]?.question ?? '', /^Question \d/);
  assert.equal(comparison?.overall.replayed.costNanoUsd, replay.spentNanoUsd);
  assert.equal(app.provider.requests.length - before, PROMPTS);
  const again = await ask('replayStart', { target: 'gpt-4o' });
  const second = await ended(again.started.id);
  assert.deepEqual([second.replay.done, second.replay.spentNanoUsd], [PROMPTS, 0]);
  assert.match(second.replay.notes.join(), /answered already, and not paid again/);
  assert.equal(app.provider.requests.length - before, PROMPTS);
  assert.deepEqual(
    (await ask('replays', {})).replays.map(({ id }) => id),
    [second.replay.id, replay.id],
  );
  assert.deepEqual(await ask('replayRemove', { id: replay.id }), { removed: replay.id, what: 'removed' });
  assert.equal((await raw('replay', { id: replay.id })).status, 404);
  assert.equal((await raw('replay', { id: '..%2F..%2Fsettings' })).status, 404);
  assert.equal(readdirSync(join(app.dataDir, 'replays', 'runs')).length, 2);
});

test('one that runs keeps others out, and ends when it is cancelled', async () => {
  // A slow upstream for one model alone: the run is held there.
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const upstream = createServer((request, response) => {
    request.resume();
    arrived.resolve();
    void held.promise.then(() => response.writeHead(500).end('{"error":{"message":"held"}}'));
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  try {
    const { port } = upstream.address() as AddressInfo;
    const address = { name: 'slow', api: 'openai', url: `http://127.0.0.1:${port}/v1` } as const;
    await ask('upstreamAdd', { ...address, models: 'gpt-4.1', sendsClientKey: true });
    const { started } = await ask('replayStart', { target: 'gpt-4.1', concurrency: 1 });
    await arrived.promise;
    const { status, answer } = await raw('replayStart', { target: 'gpt-4.1-mini' });
    assert.equal(status, 400);
    assert.match(JSON.stringify(answer), /A replay on gpt-4\.1 is running/);
    const cancelled = ask('replayRemove', { id: started.id });
    for (let isTold = false; !isTold; )
      isTold = (await ask('replay', { id: started.id })).replay.notes.some((note) =>
        note.startsWith('Cancelled'),
      );
    held.resolve();
    assert.deepEqual(await cancelled, { removed: started.id, what: 'cancelled' });
    const { replay, comparison } = await ended(started.id);
    assert.deepEqual([replay.state, replay.done], ['cancelled', 1]);
    // What was in flight ended, and is compared.
    assert.equal(comparison?.prompts.length, 1);
  } finally {
    held.resolve();
    upstream.close();
  }
});
