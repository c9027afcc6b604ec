// The Vercel AI SDK through the real proxy: the same results as without it, and the right records.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  type LanguageModel,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import type { RequestRecord } from '../src/core/record.ts';
import { ownPort } from './own-port.ts';
import { assertSameResult } from './same-result.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const PROMPT = 'Tell me about parsers';
const TOOLS = {
  get_weather: tool({
    description: 'The weather of a place',
    inputSchema: jsonSchema<{ place: string }>({ type: 'object', properties: { place: { type: 'string' } } }),
    execute: async ({ place }) => `21 degrees in ${place}`,
  }),
};

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

interface Origins {
  readonly anthropic: string;
  readonly openai: string;
}

/** One model of each family and protocol, reached at the given origins. */
function models({ anthropic, openai }: Origins, headers: Record<string, string>) {
  const claude = createAnthropic({ apiKey: 'test', baseURL: `${anthropic}/v1`, headers });
  const gpt = createOpenAI({ apiKey: 'test', baseURL: `${openai}/v1`, headers });
  return {
    messages: claude('claude-haiku-4-5'),
    chat: gpt.chat('gpt-4o'),
    responses: gpt.responses('gpt-4o-mini'),
    embedding: gpt.textEmbeddingModel('text-embedding-3-small'),
  };
}
type Models = ReturnType<typeof models>;
const FAMILIES = ['messages', 'chat', 'responses'] as const;

const proxied = (): Origins => ({ anthropic: `${app.proxyUrl}/anthropic`, openai: `${app.proxyUrl}/openai` });
const direct = (): Origins => ({ anthropic: app.provider.url, openai: app.provider.url });

async function both<T>(
  scenario: (models: Models) => Promise<T>,
  headers: Record<string, string> = {},
  requests = 1,
): Promise<{ readonly direct: T; readonly proxied: T; readonly record: RequestRecord }> {
  const session = randomUUID();
  const without = await scenario(models(direct(), headers));
  const own = { ...headers, 'x-tokenwatch-session': session };
  const through = await scenario(models(proxied(), own));
  const records = await app.recordsOf(session, requests);
  return { direct: without, proxied: through, record: records[0] as RequestRecord };
}

async function generated(model: LanguageModel) {
  const { text, usage, finishReason } = await generateText({ model, prompt: PROMPT, maxRetries: 0 });
  return { text, usage, finishReason };
}

async function streamed(model: LanguageModel) {
  const result = streamText({ model, prompt: PROMPT, maxRetries: 0 });
  const pieces: string[] = [];
  for await (const piece of result.textStream) pieces.push(piece);
  return { pieces, usage: await result.usage, finishReason: await result.finishReason };
}

for (const family of FAMILIES) {
  test(`generated text over ${family} is the same and recorded`, async () => {
    const run = await both((of) => generated(of[family]), { 'x-tokenwatch-tag': 'vercel' });
    assertSameResult(run.proxied, run.direct);
    assert.ok(run.proxied.text.length > 0);
    assert.deepEqual(
      [run.record.outcome, run.record.streamed, run.record.tag],
      ['completed', false, 'vercel'],
    );
    assert.equal(run.record.usage.inputTokens, run.proxied.usage.inputTokens);
    assert.equal(run.record.usage.outputTokens, run.proxied.usage.outputTokens);
    assert.ok((run.record.costNanoUsd ?? 0) > 0);
  });

  test(`streamed text over ${family} is the same and recorded`, async () => {
    const run = await both((of) => streamed(of[family]));
    assertSameResult(run.proxied, run.direct);
    assert.ok(run.proxied.pieces.length > 1);
    assert.deepEqual([run.record.outcome, run.record.streamed], ['completed', true]);
    assert.equal(run.record.usage.outputTokens, run.proxied.usage.outputTokens);
  });

  test(`a tool over ${family} is called, executed and answered`, async () => {
    const run = await both(
      async (of) => {
        const prompt = 'Call get_weather please';
        const options = { model: of[family], prompt, tools: TOOLS, stopWhen: stepCountIs(3), maxRetries: 0 };
        const { text, steps } = await generateText(options);
        return {
          text,
          calls: steps.map((step) => step.toolCalls.map(({ toolName, input }) => ({ toolName, input }))),
        };
      },
      {},
      2,
    );
    assertSameResult(run.proxied, run.direct);
    assert.equal(run.proxied.calls.length, 2);
    assert.equal(run.proxied.calls[0]?.[0]?.toolName, 'get_weather');
  });

  test(`an upstream error over ${family} is the same APICallError`, async () => {
    const run = await both(
      async (of) => {
        const error = await generated(of[family]).catch((reason: unknown) => reason);
        assert.ok(APICallError.isInstance(error));
        const { message, statusCode, isRetryable } = error;
        return { message, statusCode, isRetryable };
      },
      { 'x-simulate': 'status=429' },
    );
    assertSameResult(run.proxied, run.direct);
    assert.equal(run.proxied.statusCode, 429);
    assert.equal(run.record.outcome, 'upstream_error');
  });

  test(`an aborted stream over ${family} is aborted upstream`, async () => {
    const session = randomUUID();
    const headers = { 'x-tokenwatch-session': session, 'x-simulate': 'hang-after=8' };
    const index = app.provider.requests.length;
    const stop = new AbortController();
    const model = models(proxied(), headers)[family];
    const result = streamText({ model, prompt: PROMPT, abortSignal: stop.signal, maxRetries: 0 });
    for await (const part of result.fullStream) if (part.type === 'text-delta') stop.abort();
    const upstream = await app.provider.arrival(index);
    assert.equal(await upstream.closed, 'aborted');
    assert.equal((await app.recordOf(session)).outcome, 'client_gone');
  });
}

test('embeddings are the same and recorded', async () => {
  const run = await both(async (of) => {
    const { embeddings, usage } = await embedMany({
      model: of.embedding,
      values: ['one text', 'another text'],
      maxRetries: 0,
    });
    return { embeddings, usage };
  });
  assertSameResult(run.proxied, run.direct);
  assert.equal(run.record.endpoint, 'embeddings');
  assert.equal(run.record.usage.inputTokens, run.proxied.usage.tokens);
});

test("TokenWatch's own errors are APICallErrors with the message", async (context) => {
  const settings = { TOKENWATCH_MAX_BODY_BYTES: '1K', TOKENWATCH_OVERALL_TIMEOUT: '300ms' };
  const strict = await startTestApp({ settings });
  context.after(() => strict.close());
  const failure = async (
    family: (typeof FAMILIES)[number],
    prompt: string,
    simulate: string,
    at = strict,
  ) => {
    const proxy = { anthropic: `${at.proxyUrl}/anthropic`, openai: `${at.proxyUrl}/openai` };
    const model = models(proxy, { 'x-simulate': simulate })[family];
    const error = await generateText({ model, prompt, maxRetries: 0 }).catch((reason: unknown) => reason);
    assert.ok(APICallError.isInstance(error));
    assert.ok(error.message.length > 20, error.message);
    return [error.statusCode, error.responseHeaders?.['x-tokenwatch-error'], error.isRetryable];
  };
  for (const family of FAMILIES) {
    assert.deepEqual(await failure(family, 'x'.repeat(3000), ''), [413, 'body_too_large', false]);
    assert.deepEqual(await failure(family, 'hello', 'hang'), [504, 'upstream_timeout', true]);
  }
  // Without that limit, within which a slow machine may not hear that nobody is there.
  const nowhere = `http://127.0.0.1:${await ownPort()}`;
  const lost = await startTestApp({
    settings: { TOKENWATCH_ANTHROPIC_URL: nowhere, TOKENWATCH_OPENAI_URL: nowhere },
  });
  context.after(() => lost.close());
  for (const family of FAMILIES) {
    assert.deepEqual(await failure(family, 'hello', '', lost), [502, 'upstream_connect_failed', true]);
  }
});
