// The cache behind the official SDKs: a stored answer is the same answer, streamed or whole.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
});
after(() => app.close());

const anthropic = (headers: Record<string, string> = {}, apiKey = 'key-a'): Anthropic =>
  new Anthropic({ apiKey, baseURL: `${app.proxyUrl}/anthropic`, maxRetries: 0, defaultHeaders: headers });
const openai = (headers: Record<string, string> = {}, apiKey = 'key-a'): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${app.proxyUrl}/openai/v1`, maxRetries: 0, defaultHeaders: headers });

/** A prompt that no other test asks. */
const message = (
  more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
): Anthropic.MessageCreateParamsNonStreaming => ({
  model: 'claude-haiku-4-5',
  max_tokens: 300,
  messages: [{ role: 'user', content: `Tell me about parsers ${randomUUID()}` }],
  ...more,
});
const chat = (): { model: string; messages: OpenAI.ChatCompletionMessageParam[] } => ({
  model: 'gpt-4.1-mini',
  messages: [{ role: 'user', content: `Tell me about parsers ${randomUUID()}` }],
});

const TOOLS: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    description: 'The weather of a place',
    input_schema: { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } } },
  },
];

test('a repeated message comes from the cache, costs nothing and records what it saved', async () => {
  const body = message();
  const session = randomUUID();
  const headers = { 'x-tokenwatch-session': session };
  const first = await anthropic(headers).messages.create(body).withResponse();
  assert.equal(first.response.headers.get('x-tokenwatch-cache'), 'MISS');
  await app.recordOf(session);
  const asked = app.provider.requests.length;
  const second = await anthropic(headers).messages.create(body).withResponse();
  assert.equal(app.provider.requests.length, asked);
  assert.deepEqual(second.data, first.data);
  assert.equal(second.response.headers.get('x-tokenwatch-cache'), 'HIT');
  assert.equal(second.response.headers.get('x-tokenwatch-cache-tier'), 'exact');
  assert.match(second.response.headers.get('age') ?? '', /^\d+$/);
  const [hit, miss] = await app.recordsOf(session, 2);
  assert.equal(miss?.cacheUse, 'miss');
  assert.equal(miss?.savedNanoUsd, null);
  assert.equal(hit?.outcome, 'cached');
  assert.equal(hit?.cacheUse, 'exact');
  assert.equal(hit?.costNanoUsd, 0);
  assert.ok((miss?.costNanoUsd ?? 0) > 0);
  assert.equal(hit?.savedNanoUsd, miss?.costNanoUsd);
  assert.equal(hit?.modelUsed, miss?.modelUsed);
  assert.equal(hit?.status, 200);
});

for (const tools of [undefined, TOOLS]) {
  const what = tools === undefined ? 'text' : 'a tool call';
  test(`a message with ${what} that was stored whole is streamed, and the other way round`, async () => {
    const extra = tools === undefined ? {} : { tools, tool_choice: { type: 'any' as const } };
    const stored = message(extra);
    const whole = await settled((own) => anthropic(own).messages.create(stored));
    const streamed = await anthropic({ 'x-tokenwatch-cache': 'only' }).messages.stream(stored).finalMessage();
    assert.deepEqual(plain(streamed), plain(whole));
    const other = message(extra);
    const first = await settled((own) => anthropic(own).messages.stream(other).finalMessage());
    const second = await anthropic({ 'x-tokenwatch-cache': 'only' }).messages.create(other);
    assert.deepEqual(plain(second), plain(first));
    const again = await anthropic({ 'x-tokenwatch-cache': 'only' }).messages.stream(other).finalMessage();
    assert.deepEqual(again, first);
  });
}

const FUNCTION: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { place: { type: 'string' } } },
  },
};

for (const tools of [undefined, [FUNCTION]]) {
  const what = tools === undefined ? 'text' : 'a tool call';
  test(`a chat completion with ${what} is replayed in both forms`, async () => {
    const only = { 'x-tokenwatch-cache': 'only' };
    const extra = tools === undefined ? {} : { tools, tool_choice: 'required' as const };
    const body = { ...chat(), ...extra };
    const whole = await settled((own) => openai(own).chat.completions.create(body));
    const streamed = await openai(only)
      .chat.completions.stream({ ...body, stream_options: { include_usage: true } })
      .finalChatCompletion();
    assert.deepEqual(wordsOf(streamed), wordsOf(whole));
    assert.deepEqual(streamed.usage, whole.usage);
    const other = { ...chat(), ...extra };
    const first = await settled((own) => openai(own).chat.completions.stream(other).finalChatCompletion());
    const second = await openai(only).chat.completions.create(other);
    assert.deepEqual(wordsOf(second), wordsOf(first));
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await openai(only).chat.completions.create({ ...other, stream: true }))
      chunks.push(chunk);
    assert.ok(chunks.length > 2);
    assert.ok(
      chunks.every((chunk) => chunk.choices.length > 0),
      'usage that was not asked for stays out',
    );
  });
}

test('a response is replayed in both forms', async () => {
  const only = { 'x-tokenwatch-cache': 'only' };
  const body = { model: 'gpt-4.1-mini', input: `Tell me about parsers ${randomUUID()}` };
  const whole = await settled((own) => openai(own).responses.create(body));
  const streamed = await openai(only).responses.stream(body).finalResponse();
  assert.equal(streamed.output_text, whole.output_text);
  assert.deepEqual(streamed.usage, whole.usage);
  const other = { ...body, input: `Tell me about lexers ${randomUUID()}` };
  const first = await settled((own) => openai(own).responses.stream(other).finalResponse());
  const second = await openai(only).responses.create(other);
  assert.equal(second.output_text, first.output_text);
  assert.equal(second.id, first.id);
});

test('embeddings are cached', async () => {
  const body = { model: 'text-embedding-3-small', input: `parsers ${randomUUID()}` };
  const first = await settled((own) => openai(own).embeddings.create(body));
  const second = await openai({ 'x-tokenwatch-cache': 'only' }).embeddings.create(body);
  assert.deepEqual(second.data, first.data);
});

test('another key, model or word is another question', async () => {
  const body = message();
  await settled((own) => anthropic(own).messages.create(body));
  const only = { 'x-tokenwatch-cache': 'only' };
  await anthropic(only).messages.create(body);
  const misses = [
    anthropic(only, 'key-b').messages.create(body),
    anthropic(only).messages.create({ ...body, model: 'claude-sonnet-4-5' }),
    anthropic(only).messages.create({ ...body, system: 'Be brief.' }),
    anthropic(only).messages.create({ ...body, stop_sequences: ['.'] }),
    anthropic(only).messages.create({ ...body, max_tokens: 301 }),
    anthropic(only).messages.create({
      ...body,
      messages: [...body.messages, { role: 'assistant', content: 'A' }],
    }),
    anthropic({ ...only, 'anthropic-beta': 'context-1m-2025-08-07' }).messages.create(body),
  ];
  for (const miss of misses) {
    await assert.rejects(miss, (error) => error instanceof Anthropic.APIError && error.status === 504);
  }
});

test('a request can pass the cache by, renew its answer, and bound its age', async () => {
  const body = message();
  await settled((own) => anthropic(own).messages.create(body));
  const useOf = async (headers: Record<string, string>): Promise<string | null> => {
    const { response } = await anthropic(headers).messages.create(body).withResponse();
    return response.headers.get('x-tokenwatch-cache');
  };
  assert.equal(await useOf({ 'x-tokenwatch-cache': 'bypass' }), 'BYPASS');
  assert.equal(await useOf({ 'x-tokenwatch-cache': 'refresh' }), 'MISS');
  assert.equal(await useOf({ 'x-tokenwatch-cache-ttl': '3600' }), 'HIT');
  await assert.rejects(useOf({ 'x-tokenwatch-cache': 'bypas' }), /not bypass, refresh or only/);
  await assert.rejects(useOf({ 'x-tokenwatch-cache-ttl': '0' }), /not a number of seconds/);
});

test('an answer that depends on more than the request is not cached', async () => {
  const { response } = await anthropic()
    .messages.create(message({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }))
    .withResponse();
  assert.equal(response.headers.get('x-tokenwatch-cache'), 'BYPASS');
});

/** Runs a request and waits until it is settled, and so in the cache. */
async function settled<T>(run: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const session = randomUUID();
  const result = await run({ 'x-tokenwatch-session': session });
  const record = await app.recordOf(session);
  assert.equal(record.outcome, 'completed');
  assert.equal(record.cacheUse, 'miss');
  return result;
}

/** Without what the SDK itself adds to a streamed message. */
function plain(answer: Anthropic.Message): unknown {
  const { parsed_output: _added, ...rest } = JSON.parse(JSON.stringify(answer)) as Record<string, unknown>;
  return rest;
}

function wordsOf(completion: OpenAI.ChatCompletion): unknown {
  return completion.choices.map(({ message: { content, tool_calls }, finish_reason }) => ({
    content: content ?? '',
    calls: tool_calls?.map((call) =>
      call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : null,
    ),
    finish_reason,
  }));
}
