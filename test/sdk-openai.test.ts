// OpenAI's official SDK through the real proxy: the same results as without it, and the right records.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import type { RequestRecord } from '../src/core/record.ts';
import { ownPort } from './own-port.ts';
import { assertSameResult, seenError, steady } from './same-result.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

type Chat = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** Per token: $2.50 and $10.00 a million. */
const GPT_4O_IN_NANO_USD = 2500;
const GPT_4O_OUT_NANO_USD = 10_000;
const HELLO: Chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Tell me about parsers' }] };
const WEATHER = { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } } };
const TOOLS: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'get_weather', parameters: WEATHER } },
];

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

function client(origin: string, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ apiKey: 'test', baseURL: `${origin}/v1`, maxRetries: 0, defaultHeaders: headers });
}

interface Both<T> {
  readonly direct: T;
  readonly proxied: T;
  readonly record: RequestRecord;
}

/** Runs a scenario once without and once with the proxy, and waits for the record of the second run. */
async function both<T>(
  scenario: (client: OpenAI) => Promise<T>,
  headers: Record<string, string> = {},
): Promise<Both<T>> {
  const session = randomUUID();
  const direct = await scenario(client(app.provider.url, headers));
  const own = { ...headers, 'x-tokenwatch-session': session };
  const proxied = await scenario(client(`${app.proxyUrl}/openai`, own));
  return { direct, proxied, record: await app.recordOf(session) };
}

async function collected<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

test('a chat completion arrives as without the proxy and is recorded with its tokens and cost', async () => {
  const headers = { 'x-tokenwatch-app': 'unit-app', 'x-tokenwatch-tag': 'unit-tag' };
  const { direct, proxied, record } = await both((openai) => openai.chat.completions.create(HELLO), headers);
  assertSameResult(proxied, direct);
  const usage = proxied.usage;
  assert.ok(usage !== undefined);
  assert.equal(record.usageSource, 'provider');
  assert.equal(record.usage.inputTokens, usage.prompt_tokens);
  assert.equal(record.usage.outputTokens, usage.completion_tokens);
  assert.equal(record.endpoint, 'chat/completions');
  assert.equal(record.protocol, 'openai');
  assert.equal(record.modelRequested, 'gpt-4o');
  assert.equal(record.modelUsed, 'gpt-4o-2024-08-06');
  assert.deepEqual([record.outcome, record.status, record.streamed], ['completed', 200, false]);
  assert.deepEqual([record.app, record.tag], ['unit-app', 'unit-tag']);
  assert.equal(record.responseId, proxied.id);
  assert.equal(record.upstreamRequestId, proxied._request_id);
  assert.equal(
    record.costNanoUsd,
    usage.prompt_tokens * GPT_4O_IN_NANO_USD + usage.completion_tokens * GPT_4O_OUT_NANO_USD,
  );
});

test('cached and reasoning tokens are recorded in their own classes', async () => {
  const messages: Chat['messages'] = [
    { role: 'system', content: 'A long instruction. '.repeat(400) },
    { role: 'user', content: 'First' },
    { role: 'assistant', content: 'Done.' },
    { role: 'user', content: 'Second' },
  ];
  const { direct, proxied, record } = await both((openai) =>
    openai.chat.completions.create({ model: 'gpt-5', messages }),
  );
  assertSameResult(proxied, direct);
  const cached = proxied.usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoning = proxied.usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  assert.ok(cached > 1000 && reasoning > 0);
  assert.equal(record.usage.cacheReadTokens, cached);
  assert.equal(record.usage.inputTokens + cached, proxied.usage?.prompt_tokens);
  assert.equal(record.usage.reasoningTokens, reasoning);
  assert.equal(record.usage.outputTokens, proxied.usage?.completion_tokens);
});

test('a stream that asked for usage is the same chunk for chunk', async () => {
  const { direct, proxied, record } = await both(async (openai) => {
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    return collected(await openai.chat.completions.create({ ...HELLO, ...options }));
  });
  assertSameResult(proxied, direct);
  assert.deepEqual(proxied.at(-1)?.choices, []);
  assert.equal(record.streamed, true);
  assert.equal(record.usage.outputTokens, proxied.at(-1)?.usage?.completion_tokens);
});

test('a stream that did not ask gets no usage chunk, and is metered all the same', async () => {
  const { direct, proxied, record } = await both(async (openai) =>
    collected(await openai.chat.completions.create({ ...HELLO, stream: true })),
  );
  // A provider that was asked for usage writes `usage: null` into the other chunks; nothing else may differ.
  const withoutNull = proxied.map(({ usage, ...chunk }) => {
    assert.ok(usage === undefined || usage === null);
    return chunk;
  });
  assertSameResult(withoutNull, direct);
  assert.ok(proxied.every((chunk) => chunk.choices.length === 1));
  const whole = await client(app.provider.url).chat.completions.create(HELLO);
  assert.equal(record.usageSource, 'provider');
  assert.equal(record.usage.inputTokens, whole.usage?.prompt_tokens);
  assert.ok(record.usage.outputTokens > 0);
  assert.ok((record.costNanoUsd ?? 0) > 0);
});

test('a tool is called and its result answered, whole and streamed', async () => {
  const ask: Chat = {
    ...HELLO,
    tools: TOOLS,
    messages: [{ role: 'user', content: 'Call get_weather please' }],
  };
  const whole = await both((openai) => openai.chat.completions.create(ask));
  assertSameResult(whole.proxied, whole.direct);
  const message = whole.proxied.choices[0]?.message;
  assert.equal(message?.tool_calls?.length, 1);
  assert.equal(whole.record.finishReason, 'tool_calls');
  const streamed = await both((openai) =>
    openai.chat.completions
      .stream({ ...ask, stream: true, stream_options: { include_usage: true } })
      .finalChatCompletion(),
  );
  assertSameResult(streamed.proxied, streamed.direct);
  assert.equal(streamed.record.finishReason, 'tool_calls');
  const call = message?.tool_calls?.[0];
  assert.ok(message !== undefined && call !== undefined);
  const { proxied, direct, record } = await both((openai) =>
    openai.chat.completions.create({
      ...ask,
      messages: [...ask.messages, message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }],
    }),
  );
  assertSameResult(proxied, direct);
  assert.equal(record.finishReason, 'stop');
});

test('responses are the same whole, streamed, and fetched again, which costs nothing more', async () => {
  const input = 'Tell me about parsers';
  const whole = await both((openai) => openai.responses.create({ model: 'gpt-4o', input }));
  assertSameResult(whole.proxied, whole.direct);
  assert.equal(whole.record.endpoint, 'responses');
  assert.equal(whole.record.usage.outputTokens, whole.proxied.usage?.output_tokens);
  const streamed = await both(async (openai) =>
    collected(await openai.responses.create({ model: 'gpt-5', input, stream: true })),
  );
  assertSameResult(streamed.proxied, streamed.direct);
  const last = streamed.proxied.at(-1);
  assert.ok(last?.type === 'response.completed');
  assert.equal(streamed.record.usage.outputTokens, last.response.usage?.output_tokens);
  assert.ok(streamed.record.usage.reasoningTokens > 0);
  const again = await both((openai) => openai.responses.retrieve(whole.proxied.id));
  assert.deepEqual(steady(again.proxied), steady(whole.proxied));
  assert.equal(again.record.usage.outputTokens, 0);
  assert.equal(again.record.costNanoUsd ?? 0, 0);
});

test('embeddings and legacy completions are the same and recorded', async () => {
  const embedded = await both((openai) =>
    openai.embeddings.create({ model: 'text-embedding-3-small', input: ['one text', 'another text'] }),
  );
  assertSameResult(embedded.proxied, embedded.direct);
  assert.equal(embedded.proxied.data[0]?.embedding.length, 1536);
  assert.equal(embedded.record.endpoint, 'embeddings');
  assert.equal(embedded.record.usage.inputTokens, embedded.proxied.usage.prompt_tokens);
  assert.equal(embedded.record.costNanoUsd, embedded.proxied.usage.prompt_tokens * 20);
  const ask = { model: 'gpt-3.5-turbo-instruct', prompt: 'Tell me about parsers', max_tokens: 40 };
  const whole = await both((openai) => openai.completions.create(ask));
  assertSameResult(whole.proxied, whole.direct);
  assert.equal(whole.record.usage.outputTokens, whole.proxied.usage?.completion_tokens);
  const streamed = await both(async (openai) =>
    collected(
      await openai.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }),
    ),
  );
  assertSameResult(streamed.proxied, streamed.direct);
  assert.equal(streamed.record.usage.outputTokens, streamed.proxied.at(-1)?.usage?.completion_tokens);
});

test('models and uploads pass through unmetered', async () => {
  const models = await both(async (openai) => (await openai.models.list()).data);
  assertSameResult(models.proxied, models.direct);
  assert.equal(models.record.usageSource, 'none');
  const upload = await both(async (openai) => {
    const file = await toFile(Buffer.alloc(300_000, 'line\n'), 'lines.txt');
    return openai.files.create({ file, purpose: 'user_data' });
  });
  assert.ok(upload.proxied.bytes > 300_000);
  assert.equal(upload.record.status, 200);
  assert.ok(upload.record.requestBytes > 300_000);
});

test("the upstream's errors are the SDK's typed errors, with and without the proxy", async () => {
  for (const [status, type] of [
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [503, OpenAI.InternalServerError],
  ] as const) {
    const { direct, proxied, record } = await both(
      (openai) =>
        seenError(async () => {
          const failure = await openai.chat.completions.create(HELLO).catch((error: unknown) => error);
          assert.ok(failure instanceof type);
          throw failure;
        }),
      { 'x-simulate': `status=${status};retry-after=3` },
    );
    assertSameResult(proxied, direct);
    assert.equal(proxied.status, status);
    assert.deepEqual([record.status, record.outcome], [status, 'upstream_error']);
  }
});

test('errors and breaks inside a stream reach the client, and the record says which', async () => {
  const read = (openai: OpenAI) =>
    seenError(async () => collected(await openai.chat.completions.create({ ...HELLO, stream: true })));
  const failed = await both(read, { 'x-simulate': 'error-after=4' });
  assertSameResult(failed.proxied, failed.direct);
  assert.equal(failed.record.outcome, 'upstream_error');
  const broken = await both(read, { 'x-simulate': 'break-after=4' });
  assertSameResult(broken.proxied, broken.direct);
  assert.equal(broken.record.outcome, 'upstream_broken');
  assert.equal(broken.record.usageSource, 'estimate');
  assert.ok(broken.record.usage.inputTokens > 0 && broken.record.usage.outputTokens > 0);
});

test('an aborted stream is aborted upstream and recorded with an estimate of what was used', async () => {
  const session = randomUUID();
  const headers = { 'x-simulate': 'hang-after=6', 'x-tokenwatch-session': session };
  const index = app.provider.requests.length;
  const stream = await client(`${app.proxyUrl}/openai`, headers).chat.completions.create({
    ...HELLO,
    stream: true,
  });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
  const upstream = await app.provider.arrival(index);
  assert.equal(await upstream.closed, 'aborted');
  const record = await app.recordOf(session);
  assert.equal(record.outcome, 'client_gone');
  assert.equal(record.usageSource, 'estimate');
  assert.ok(record.usage.outputTokens > 0);
});

test("TokenWatch's own errors are typed errors too", async (context) => {
  const settings = { TOKENWATCH_MAX_BODY_BYTES: '2K', TOKENWATCH_OVERALL_TIMEOUT: '300ms' };
  const strict = await startTestApp({ settings });
  context.after(() => strict.close());
  const own = async (content: string, simulate: string, at = strict) => {
    const session = randomUUID();
    const headers = { 'x-simulate': simulate, 'x-tokenwatch-session': session };
    const openai = client(`${at.proxyUrl}/openai`, headers);
    const error = await openai.chat.completions
      .create({ ...HELLO, messages: [{ role: 'user', content }] })
      .then(
        () => assert.fail('the call was to fail'),
        (reason: unknown) => reason,
      );
    assert.ok(error instanceof OpenAI.APIError);
    const code: unknown = error.headers?.get('x-tokenwatch-error');
    return { error, code, record: await at.recordOf(session) };
  };
  const large = await own('x'.repeat(5000), '');
  assert.deepEqual(
    [large.error.status, large.code, large.record.outcome],
    [413, 'body_too_large', 'refused'],
  );
  const silent = await own('hello', 'hang');
  assert.ok(silent.error instanceof OpenAI.InternalServerError);
  assert.deepEqual([silent.error.status, silent.code], [504, 'upstream_timeout']);
  assert.equal(silent.record.outcome, 'timed_out');
  // Without that limit, within which a slow machine may not hear that nobody is there.
  const nowhere = `http://127.0.0.1:${await ownPort()}`;
  const lost = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: nowhere } });
  context.after(() => lost.close());
  const gone = await own('hello', '', lost);
  assert.ok(gone.error instanceof OpenAI.InternalServerError);
  assert.deepEqual([gone.error.status, gone.code], [502, 'upstream_connect_failed']);
  assert.equal(gone.record.outcome, 'unreachable');
});
