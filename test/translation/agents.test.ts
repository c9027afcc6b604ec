// More of what surrounds a translated request: other clients, failover, kill switches, servers with habits of their own.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ environment: { KEY: 'key-of-an-upstream' } });
  await api('POST', '/api/routes', routeOf('to-gpt', 'claude-sonnet-4-5', 'gpt-4o-mini'));
  await api('POST', '/api/routes', routeOf('to-claude', 'gpt-4o', 'claude-haiku-4-5'));
});
after(() => app.close());

const routeOf = (name: string, model: string, target: string): object => ({
  name,
  conditions: [{ type: 'model', value: model }],
  target,
});

async function api<T>(method: string, path: string, document?: object): Promise<T> {
  const response = await fetch(app.dashboardUrl + path, {
    method,
    headers: app.adminHeaders,
    ...(document !== undefined && { body: JSON.stringify(document) }),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer as T;
}

function anthropicClient(session: string, headers: Record<string, string> = {}): Anthropic {
  const defaultHeaders = { ...headers, 'x-tokenwatch-session': session };
  return new Anthropic({ apiKey: 'k', baseURL: `${app.proxyUrl}/anthropic`, maxRetries: 0, defaultHeaders });
}

function openaiClient(session: string, headers: Record<string, string> = {}): OpenAI {
  const defaultHeaders = { ...headers, 'x-tokenwatch-session': session };
  return new OpenAI({ apiKey: 'k', baseURL: `${app.proxyUrl}/openai/v1`, maxRetries: 0, defaultHeaders });
}

const MESSAGE: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'claude-sonnet-4-5',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Tell me about parsers' }],
};

const TOOLS = {
  get_weather: tool({
    description: 'The weather of a place',
    inputSchema: jsonSchema<{ place: string }>({
      type: 'object',
      properties: { place: { type: 'string' } },
      required: ['place'],
    }),
    execute: async ({ place }) => `21 degrees in ${place}`,
  }),
};

test('the Vercel AI SDK runs its tool loop on a model of the other API, whole and streamed', async () => {
  const headers = { 'x-tokenwatch-session': randomUUID() };
  const claude = createAnthropic({ apiKey: 'k', baseURL: `${app.proxyUrl}/anthropic/v1`, headers });
  const gpt = createOpenAI({ apiKey: 'k', baseURL: `${app.proxyUrl}/openai/v1`, headers });
  for (const model of [claude('claude-sonnet-4-5'), gpt.chat('gpt-4o')]) {
    const loop = { model, tools: TOOLS, prompt: 'Use the tool get_weather.', stopWhen: stepCountIs(3) };
    const whole = await generateText(loop);
    assert.equal(whole.steps.length, 2);
    assert.match(String(whole.steps[0]?.toolResults[0]?.output), /^21 degrees in \w+/);
    assert.match(whole.text, /\w+/);
    assert.ok((whole.usage.outputTokens ?? 0) > 0);
    const streamed = streamText(loop);
    assert.match(await streamed.text, /\w+/);
    assert.equal((await streamed.steps).length, 2);
    assert.ok(((await streamed.usage).outputTokens ?? 0) > 0);
  }
  for (const record of await app.recordsOf(headers['x-tokenwatch-session'], 8)) {
    assert.equal(record.outcome, 'completed');
    assert.match(record.modelUsed ?? '', record.protocol === 'anthropic' ? /^gpt-4o-mini/ : /^claude-haiku/);
    assert.ok((record.costNanoUsd ?? 0) > 0);
  }
});

test('a translated request fails over among the upstreams of the other API', async () => {
  const parts = { api: 'openai', url: app.provider.url, keyEnv: 'KEY' };
  const modelMap = { 'gpt-4o-mini': 'gpt-4o-mini+simulate:status=503' };
  await api('POST', '/api/upstreams', { name: 'bad', ...parts, modelMap, priority: 1 });
  await api('POST', '/api/upstreams', { name: 'good', ...parts, priority: 2 });
  try {
    for (const streamed of [false, true]) {
      const session = randomUUID();
      const client = anthropicClient(session);
      const message = streamed
        ? await client.messages.stream(MESSAGE).finalMessage()
        : await client.messages.create(MESSAGE);
      assert.equal(message.stop_reason, 'end_turn');
      const { attempts, upstreamName } = await app.recordOf(session);
      assert.equal(upstreamName, 'good');
      assert.deepEqual(
        attempts?.map(({ upstream, outcome, status }) => [upstream, outcome, status]),
        [
          ['bad', 'error_status', 503],
          ['good', 'answered', 200],
        ],
      );
    }
  } finally {
    for (const name of ['bad', 'good']) await api('DELETE', `/api/upstreams/${name}`);
  }
});

test('a kill switch ends a translated stream with an error that the client’s SDK raises', async () => {
  const session = randomUUID();
  const headers = { 'x-simulate': 'hang-after=5', 'x-tokenwatch-app': 'runaway' };
  const stream = anthropicClient(session, headers).messages.stream(MESSAGE);
  const ended = assert.rejects(stream.finalMessage(), /kill/i);
  await new Promise<void>((resolve) => stream.once('text', () => resolve()));
  const { added } = await api<{ added: { id: string } }>('POST', '/api/kills', { app: 'runaway' });
  await ended;
  await api('DELETE', `/api/kills/${added.id}`);
  const record = await app.recordOf(session);
  assert.deepEqual([record.outcome, record.errorCode], ['cut', 'budget_killed']);
});

test('where the other side tells no usage, the record has an estimate and the client zeros', async () => {
  const session = randomUUID();
  const message = await anthropicClient(session, { 'x-simulate': 'no-usage' })
    .messages.stream(MESSAGE)
    .finalMessage();
  assert.equal(message.usage.output_tokens, 0);
  const record = await app.recordOf(session);
  assert.equal(record.usageSource, 'estimate');
  assert.ok(record.usage.outputTokens > 0);
});

const raw = (text: string, type: string): Record<string, string> => ({
  'x-simulate': `raw=${Buffer.from(text).toString('base64')};type=${type}`,
});

test('a server that answers in the form that was not asked for is understood', async () => {
  const completion = {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Whole.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
  const asWhole = raw(JSON.stringify(completion), 'application/json');
  const streamed = await anthropicClient(randomUUID(), asWhole).messages.stream(MESSAGE).finalMessage();
  assert.deepEqual(streamed.content, [{ type: 'text', text: 'Whole.', citations: null }]);
  assert.equal(streamed.usage.output_tokens, 2);

  const message = { id: 'm1', type: 'message', role: 'assistant', model: 'claude-haiku-4-5', content: [] };
  const events = [
    { type: 'message_start', message: { ...message, usage: { input_tokens: 3, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Streamed.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ];
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const completed = await openaiClient(randomUUID(), raw(text, 'text/event-stream')).chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  assert.equal(completed.choices[0]?.message.content, 'Streamed.');
  assert.deepEqual([completed.usage?.prompt_tokens, completed.usage?.completion_tokens], [3, 4]);
});

test('an answer that is nothing of the kind is an error of ours, with the status of a bad gateway', async () => {
  const session = randomUUID();
  const client = anthropicClient(session, raw('<html>Welcome</html>', 'text/html'));
  await assert.rejects(client.messages.create(MESSAGE), (error) => {
    assert.ok(error instanceof Anthropic.InternalServerError);
    assert.equal(error.status, 502);
    assert.match(error.message, /no whole JSON document/);
    return true;
  });
  const record = await app.recordOf(session);
  assert.deepEqual([record.outcome, record.errorCode], ['upstream_error', 'answer_not_translatable']);
});

test('an error in a list of one, as Gemini writes it, is told to the client', async () => {
  const listed = JSON.stringify([{ error: { code: 429, message: 'Boom', status: 'RESOURCE_EXHAUSTED' } }]);
  const client = anthropicClient(randomUUID(), raw(listed, 'application/json'));
  await assert.rejects(client.messages.create(MESSAGE), /Boom/);
});
