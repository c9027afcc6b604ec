// Anthropic's official SDK through the real proxy: the same results as without it, and the right records.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { RequestRecord } from '../src/core/record.ts';
import { ownPort } from './own-port.ts';
import { assertSameResult, seenError } from './same-result.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

type Create = Anthropic.MessageCreateParamsNonStreaming;

const HAIKU_IN_NANO_USD = 1000;
const HAIKU_OUT_NANO_USD = 5000;
const HELLO: Create = {
  model: 'claude-haiku-4-5',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Tell me about parsers' }],
};
const TOOLS: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    description: 'The weather of a place',
    input_schema: { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } } },
  },
];

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

function client(baseURL: string, headers: Record<string, string> = {}): Anthropic {
  return new Anthropic({ apiKey: 'test', baseURL, maxRetries: 0, defaultHeaders: headers });
}

interface Both<T> {
  readonly direct: T;
  readonly proxied: T;
  readonly record: RequestRecord;
}

/** Runs a scenario once without and once with the proxy, and waits for the record of the second run. */
async function both<T>(
  scenario: (client: Anthropic) => Promise<T>,
  headers: Record<string, string> = {},
): Promise<Both<T>> {
  const session = randomUUID();
  const direct = await scenario(client(app.provider.url, headers));
  const own = { ...headers, 'x-tokenwatch-session': session };
  const proxied = await scenario(client(`${app.proxyUrl}/anthropic`, own));
  return { direct, proxied, record: await app.recordOf(session) };
}

function assertUsage(record: RequestRecord, usage: Anthropic.Usage): void {
  assert.equal(record.usageSource, 'provider');
  assert.equal(record.usage.inputTokens, usage.input_tokens);
  assert.equal(record.usage.outputTokens, usage.output_tokens);
  assert.equal(record.usage.cacheReadTokens, usage.cache_read_input_tokens);
  assert.equal(record.usage.cacheWrite5mTokens, usage.cache_creation?.ephemeral_5m_input_tokens);
  assert.equal(record.usage.cacheWrite1hTokens, usage.cache_creation?.ephemeral_1h_input_tokens);
}

test('a message arrives as without the proxy and is recorded with its tokens and cost', async () => {
  const headers = { 'x-tokenwatch-app': 'unit-app', 'x-tokenwatch-tag': 'unit-tag' };
  const { direct, proxied, record } = await both((anthropic) => anthropic.messages.create(HELLO), headers);
  assertSameResult(proxied, direct);
  assertUsage(record, proxied.usage);
  assert.equal(record.endpoint, 'messages');
  assert.equal(record.protocol, 'anthropic');
  assert.equal(record.modelRequested, 'claude-haiku-4-5');
  assert.equal(record.modelUsed, 'claude-haiku-4-5-20251001');
  assert.equal(record.outcome, 'completed');
  assert.equal(record.status, 200);
  assert.equal(record.streamed, false);
  assert.equal(record.app, 'unit-app');
  assert.equal(record.tag, 'unit-tag');
  assert.equal(record.responseId, proxied.id);
  assert.equal(record.upstreamRequestId, proxied._request_id);
  const { input_tokens, output_tokens } = proxied.usage;
  assert.equal(record.costNanoUsd, input_tokens * HAIKU_IN_NANO_USD + output_tokens * HAIKU_OUT_NANO_USD);
});

test('a stream yields the same events and the same final message', async () => {
  const { direct, proxied, record } = await both(async (anthropic) => {
    const stream = anthropic.messages.stream({
      ...HELLO,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    });
    const events: unknown[] = [];
    for await (const event of stream) events.push(structuredClone(event));
    return { events, message: await stream.finalMessage() };
  });
  assertSameResult(proxied, direct);
  assert.equal(proxied.message.content[0]?.type, 'thinking');
  assertUsage(record, proxied.message.usage);
  assert.equal(record.streamed, true);
  assert.equal(record.outcome, 'completed');
  assert.equal(record.finishReason, 'end_turn');
  assert.ok(record.timeToFirstByteMs !== null && record.timeToFirstByteMs <= record.latencyMs);
});

test('a tool is called and its result answered, whole and streamed', async () => {
  const ask: Create = {
    ...HELLO,
    tools: TOOLS,
    messages: [{ role: 'user', content: 'Call get_weather please' }],
  };
  const whole = await both((anthropic) => anthropic.messages.create(ask));
  assertSameResult(whole.proxied, whole.direct);
  assert.equal(whole.record.finishReason, 'tool_use');
  const streamed = await both((anthropic) => anthropic.messages.stream(ask).finalMessage());
  assertSameResult(streamed.proxied, streamed.direct);
  const call = whole.proxied.content.find((block) => block.type === 'tool_use');
  assert.ok(call !== undefined);
  assert.deepEqual(streamed.proxied.content.find((block) => block.type === 'tool_use')?.input, call.input);
  const { proxied, direct, record } = await both((anthropic) =>
    anthropic.messages.create({
      ...ask,
      messages: [
        ...ask.messages,
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'toolu_1', name: call.name, input: call.input }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '21 degrees' }] },
      ],
    }),
  );
  assertSameResult(proxied, direct);
  assert.equal(record.finishReason, 'end_turn');
});

test('cached prompts are recorded by class and charged at their own prices', async () => {
  const text = 'A long instruction. '.repeat(400);
  const system: Anthropic.TextBlockParam[] = [
    { type: 'text', text, cache_control: { type: 'ephemeral', ttl: '1h' } },
  ];
  const first = await both((anthropic) => anthropic.messages.create({ ...HELLO, system }));
  assertUsage(first.record, first.proxied.usage);
  assert.ok(first.record.usage.cacheWrite1hTokens > 1000);
  const messages: Anthropic.MessageParam[] = [
    ...HELLO.messages,
    { role: 'assistant', content: 'Parsers read.' },
    { role: 'user', content: 'And printers?' },
  ];
  const second = await both((anthropic) => anthropic.messages.create({ ...HELLO, system, messages }));
  assertUsage(second.record, second.proxied.usage);
  const { inputTokens, cacheReadTokens, outputTokens } = second.record.usage;
  assert.equal(cacheReadTokens, first.record.usage.cacheWrite1hTokens);
  assert.equal(
    second.record.costNanoUsd,
    inputTokens * HAIKU_IN_NANO_USD +
      (cacheReadTokens * HAIKU_IN_NANO_USD) / 10 +
      outputTokens * HAIKU_OUT_NANO_USD,
  );
  assert.ok((first.record.costNanoUsd ?? 0) > (second.record.costNanoUsd ?? 0));
});

test('counting tokens, models and batches work and only what is charged is charged', async () => {
  const { model, messages } = HELLO;
  const counted = await both((anthropic) => anthropic.messages.countTokens({ model, messages }));
  assertSameResult(counted.proxied, counted.direct);
  assert.equal(counted.record.usageSource, 'none');
  const models = await both(async (anthropic) => (await anthropic.models.list()).data);
  assertSameResult(models.proxied, models.direct);
  const requests = ['one', 'two'].map((custom_id) => ({ custom_id, params: HELLO }));
  const created = await both((anthropic) => anthropic.messages.batches.create({ requests }));
  assert.equal(created.record.usageSource, 'none');
  const path = `/v1/messages/batches/${created.proxied.id}/results`;
  const session = randomUUID();
  const results = await fetch(`${app.proxyUrl}/anthropic${path}`, {
    headers: { 'x-tokenwatch-session': session },
  });
  const lines = (await results.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const record = await app.recordOf(session);
  const output = lines.reduce((sum, line) => sum + line.result.message.usage.output_tokens, 0);
  assert.equal(lines.length, 2);
  assert.equal(record.usage.outputTokens, output);
});

test("the upstream's errors are the SDK's typed errors, with and without the proxy", async () => {
  for (const [status, type] of [
    [400, Anthropic.BadRequestError],
    [401, Anthropic.AuthenticationError],
    [404, Anthropic.NotFoundError],
    [429, Anthropic.RateLimitError],
    [529, Anthropic.InternalServerError],
  ] as const) {
    const { direct, proxied, record } = await both(
      (anthropic) =>
        seenError(async () => {
          const failure = await anthropic.messages.create(HELLO).catch((error: unknown) => error);
          assert.ok(failure instanceof type);
          throw failure;
        }),
      { 'x-simulate': `status=${status};retry-after=3` },
    );
    assertSameResult(proxied, direct);
    assert.equal(proxied.status, status);
    assert.equal(record.status, status);
    assert.equal(record.outcome, 'upstream_error');
  }
});

test('an error event inside a stream is raised and recorded as such', async () => {
  const { direct, proxied, record } = await both(
    (anthropic) => seenError(() => anthropic.messages.stream(HELLO).finalMessage()),
    { 'x-simulate': 'error-after=4' },
  );
  assertSameResult(proxied, direct);
  assert.equal(record.outcome, 'upstream_error');
  assert.equal(record.errorCode, 'overloaded_error');
});

test('a stream that breaks upstream breaks for the client as well', async () => {
  const { direct, proxied, record } = await both(
    (anthropic) => seenError(() => anthropic.messages.stream(HELLO).finalMessage()),
    { 'x-simulate': 'break-after=5' },
  );
  assertSameResult(proxied, direct);
  assert.equal(record.outcome, 'upstream_broken');
  assert.ok(record.usage.inputTokens > 0);
});

test('an aborted stream is aborted upstream and recorded with what was used', async () => {
  const session = randomUUID();
  const headers = { 'x-simulate': 'hang-after=6', 'x-tokenwatch-session': session };
  const index = app.provider.requests.length;
  const stream = client(`${app.proxyUrl}/anthropic`, headers).messages.stream(HELLO);
  const failure = seenError(() => stream.finalMessage());
  stream.once('text', () => stream.abort());
  assert.equal((await failure).name, 'APIUserAbortError');
  const upstream = await app.provider.arrival(index);
  assert.equal(await upstream.closed, 'aborted');
  const record = await app.recordOf(session);
  assert.equal(record.outcome, 'client_gone');
  assert.ok(record.usage.inputTokens > 0);
  assert.ok(record.usage.outputTokens > 0);
});

test("TokenWatch's own errors are typed errors too", async (context) => {
  const settings = { TOKENWATCH_MAX_BODY_BYTES: '2K', TOKENWATCH_OVERALL_TIMEOUT: '300ms' };
  const strict = await startTestApp({ settings });
  context.after(() => strict.close());
  const own = async (url: string, content: string, simulate: string) => {
    const session = randomUUID();
    const headers = { 'x-simulate': simulate, 'x-tokenwatch-session': session };
    const anthropic = client(`${url}/anthropic`, headers);
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content }];
    const error = await anthropic.messages.create({ ...HELLO, messages }).then(
      () => assert.fail('the call was to fail'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Anthropic.APIError);
    return { error, session };
  };
  const large = await own(strict.proxyUrl, 'x'.repeat(5000), '');
  assert.equal(large.error.status, 413);
  assert.equal(large.error.type, 'request_too_large');
  assert.equal(large.error.headers?.get('x-tokenwatch-error'), 'body_too_large');
  assert.equal((await strict.recordOf(large.session)).outcome, 'refused');
  const silent = await own(strict.proxyUrl, 'hello', 'hang');
  assert.ok(silent.error instanceof Anthropic.InternalServerError);
  assert.equal(silent.error.status, 504);
  assert.equal(silent.error.headers?.get('x-tokenwatch-error'), 'upstream_timeout');
  assert.equal((await strict.recordOf(silent.session)).outcome, 'timed_out');
  // Without that limit, within which a slow machine may not hear that nobody is there.
  const nowhere = `http://127.0.0.1:${await ownPort()}`;
  const lost = await startTestApp({ settings: { TOKENWATCH_ANTHROPIC_URL: nowhere } });
  context.after(() => lost.close());
  const gone = await own(lost.proxyUrl, 'hello', '');
  assert.ok(gone.error instanceof Anthropic.InternalServerError);
  assert.equal(gone.error.status, 502);
  assert.equal(gone.error.headers?.get('x-tokenwatch-error'), 'upstream_connect_failed');
  assert.equal((await lost.recordOf(gone.session)).outcome, 'unreachable');
});
