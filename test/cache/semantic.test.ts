// Similar prompts through the whole app: what is served, to whom, and what stays apart.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import type { Explanation } from '../../src/core/explanation.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import {
  type EmbeddingServer,
  type SaidProvider,
  startEmbeddingServer,
  startSaidProvider,
} from './semantic-servers.ts';

let embeddings: EmbeddingServer;
let provider: SaidProvider;
let app: TestApp;
const warnings: string[] = [];
before(async () => {
  embeddings = await startEmbeddingServer();
  provider = await startSaidProvider();
  app = await startTestApp({
    settings: {
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_CACHE_EMBEDDER: `endpoint:${embeddings.url}#words`,
      TOKENWATCH_CACHE_EMBEDDER_KEY: 'operator-key',
      TOKENWATCH_CACHE_SHADOW_RATE: '0',
      TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '2s',
      TOKENWATCH_OPENAI_URL: `${provider.url}/v1`,
    },
    warn: (message) => warnings.push(message),
  });
  await untilWorking();
});
after(async () => {
  await app.close();
  await provider.close();
  await embeddings.close();
});

/** The embedder opens in the background: a pair that must hit tells that it has. */
async function untilWorking(): Promise<void> {
  for (;;) {
    const name = randomUUID().slice(0, 8);
    await ask(chat(`How big is the ${name} planet?`));
    if ((await ask(chat(`how big is the ${name} planet`))).tier === 'semantic') return;
    await sleep(50);
  }
}

interface Answer {
  readonly said: string | null;
  readonly tier: string | null;
  readonly similarity: string | null;
  readonly text: string;
  readonly session: string;
}

const chat = (text: string, more: object = {}): object => ({
  model: 'gpt-4.1-mini',
  messages: [
    { role: 'system', content: 'You know planets.' },
    { role: 'user', content: text },
  ],
  ...more,
});

/** Asks, and returns when the answer is stored. */
async function ask(body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const session = randomUUID();
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer client-key',
      'x-tokenwatch-session': session,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  await app.recordOf(session);
  const header = (name: string): string | null => response.headers.get(`x-tokenwatch-cache${name}`);
  return { said: header(''), tier: header('-tier'), similarity: header('-similarity'), text, session };
}

/** A question that no other test asks, in two wordings. */
function wordings(): readonly [string, string] {
  const name = `${randomUUID().replaceAll('-', '').replace(/\d/g, 'x').slice(0, 10)}`;
  return [`What colour is the planet ${name}?`, `what colour is the planet ${name}`];
}

test('a prompt in another wording gets the stored answer, and costs nothing', async () => {
  const [one, other] = wordings();
  const first = await ask(chat(one));
  assert.equal(first.said, 'MISS');
  const asked = provider.asked.length;
  const second = await ask(chat(other));
  assert.deepEqual([second.said, second.tier], ['HIT', 'semantic']);
  assert.match(second.similarity ?? '', /^[01]\.\d{4}$/);
  assert.equal(second.text, first.text);
  assert.equal(provider.asked.length, asked);
  const record = await app.recordOf(second.session);
  assert.deepEqual([record.outcome, record.cacheUse, record.costNanoUsd], ['cached', 'semantic', 0]);
  assert.equal(record.savedNanoUsd, (await app.recordOf(first.session)).costNanoUsd);
});

test('the official SDK gets a similar prompt streamed or whole, whichever way it was stored', async () => {
  const client = new OpenAI({ apiKey: 'sdk', baseURL: `${app.proxyUrl}/openai/v1`, maxRetries: 0 });
  for (const stream of [false, true]) {
    const [one, other] = wordings();
    provider.answer = (prompt) => `It is as blue as ${prompt}`;
    const body = (content: string) => ({
      model: 'gpt-4.1-mini',
      messages: [{ role: 'user' as const, content }],
    });
    if (stream) await client.chat.completions.create(body(one));
    else for await (const _ of await client.chat.completions.create({ ...body(one), stream: true }));
    const asked = provider.asked.length;
    let text = '';
    // What was stored whole is wanted as a stream, and the other way round.
    if (stream)
      for await (const chunk of await client.chat.completions.create({ ...body(other), stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
    else text = (await client.chat.completions.create(body(other))).choices[0]?.message.content ?? '';
    assert.equal(text, `It is as blue as ${one}`);
    assert.equal(provider.asked.length, asked);
  }
});

test('only the same caller, model, system prompt, tools, parameters and turns are compared', async () => {
  const [one, other] = wordings();
  await ask(chat(one));
  const others: readonly (readonly [string, object, Record<string, string>])[] = [
    ['caller', chat(other), { authorization: 'Bearer another' }],
    ['header', chat(other), { 'openai-organization': 'org-2' }],
    ['model', chat(other, { model: 'gpt-4.1' }), {}],
    ['temperature', chat(other, { temperature: 0 }), {}],
    ['seed', chat(other, { seed: 1 }), {}],
    ['n', chat(other, { n: 2 }), {}],
    ['format', chat(other, { response_format: { type: 'json_object' } }), {}],
    ['user', chat(other, { user: 'u' }), {}],
    ['tools', chat(other, { tools: [{ type: 'function', function: { name: 'f' } }] }), {}],
    [
      'system',
      chat(other, {
        messages: [
          { role: 'system', content: 'You know moons.' },
          { role: 'user', content: other },
        ],
      }),
      {},
    ],
    ['no system', chat(other, { messages: [{ role: 'user', content: other }] }), {}],
    [
      'earlier turns',
      chat(other, {
        messages: [
          { role: 'system', content: 'You know planets.' },
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hello' },
          { role: 'user', content: other },
        ],
      }),
      {},
    ],
  ];
  for (const [name, body, headers] of others) assert.equal((await ask(body, headers)).said, 'MISS', name);
  assert.equal((await ask(chat(other))).tier, 'semantic');
});

test('the embedder gets the operator’s key and the last turn, never a client’s key', async () => {
  const [one] = wordings();
  await ask(chat(one), { authorization: 'Bearer very-secret' });
  assert.ok(embeddings.asked.some(({ text }) => text.toLowerCase().includes(one.slice(-12, -1))));
  for (const { authorization, text } of embeddings.asked) {
    assert.equal(authorization, 'Bearer operator-key');
    assert.ok(!text.includes('You know planets'));
  }
});

test('bypass, refresh and only mean the same for similar prompts', async () => {
  const [one, other] = wordings();
  await ask(chat(one));
  assert.equal((await ask(chat(other), { 'x-tokenwatch-cache': 'bypass' })).said, 'BYPASS');
  assert.equal((await ask(chat(other), { 'x-tokenwatch-cache': 'only' })).tier, 'semantic');
  assert.match((await ask(chat(wordings()[0]), { 'x-tokenwatch-cache': 'only' })).text, /no answer/);
  assert.equal((await ask(chat(other), { 'x-tokenwatch-cache': 'refresh' })).said, 'MISS');
  assert.equal((await ask(chat(other))).tier, 'exact');
});

test('an answer that has expired is not served to a similar prompt', async () => {
  const [one, other] = wordings();
  await ask(chat(one), { 'x-tokenwatch-cache-ttl': '1' });
  assert.equal((await ask(chat(other))).tier, 'semantic');
  while ((await ask(chat(other), { 'x-tokenwatch-cache': 'only' })).said === 'HIT') await sleep(50);
});

test('a broken embedder is warned of once, costs nobody an answer, and is used again when it works', async () => {
  const [one, other] = wordings();
  await ask(chat(one));
  warnings.length = 0;
  embeddings.mode = 'broken';
  for (const _ of [1, 2, 3]) assert.equal((await ask(chat(wordings()[0]))).said, 'MISS');
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /embedder endpoint:.* does not work \(.*status 500/);
  embeddings.mode = 'working';
  while ((await ask(chat(other), { 'x-tokenwatch-cache': 'only' })).tier !== 'semantic') await sleep(50);
  assert.equal(warnings.length, 2);
  assert.match(warnings[1] ?? '', /works again/);
});

test('vectors with other dimensions are those of another embedder', async () => {
  const [one, other] = wordings();
  await ask(chat(one));
  warnings.length = 0;
  embeddings.dimensions = 32;
  assert.equal((await ask(chat(other), { 'x-tokenwatch-cache': 'only' })).said, 'MISS');
  assert.match(warnings[0] ?? '', /32 numbers now, and had 64/);
  await untilWorking();
  assert.equal((await ask(chat(other), { 'x-tokenwatch-cache': 'only' })).said, 'MISS');
  embeddings.dimensions = 64;
  await ask(chat(wordings()[0]));
  await untilWorking();
  assert.equal((await ask(chat(other))).tier, 'semantic');
});

test('an explanation tells of the similar answer, and changes nothing', async () => {
  const [one, other] = wordings();
  await ask(chat(one));
  const explained = async (text: string): Promise<Explanation> => {
    const response = await fetch(`${app.dashboardUrl}/api/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // What Node's fetch sends by itself counts.
      body: JSON.stringify({
        api: 'openai',
        headers: { authorization: 'Bearer client-key', 'accept-language': '*' },
        body: chat(text),
      }),
    });
    return (await response.json()) as Explanation;
  };
  for (const _ of [1, 2]) {
    const { cache, outcome } = await explained(other);
    assert.deepEqual([cache.use, outcome.action], ['semantic', 'answer_from_cache']);
    assert.match(outcome.headers['x-tokenwatch-cache-similarity'] ?? '', /^[01]\.\d{4}$/);
  }
  assert.equal((await explained(wordings()[0])).cache.use, 'miss');
  assert.equal((await ask(chat(other))).tier, 'semantic');
});
