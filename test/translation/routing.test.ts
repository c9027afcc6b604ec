// Agents of one API routed to models of the other, with the official SDKs, over real sockets.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { RequestRecord } from '../../src/core/record.ts';
import {
  type RecordedRequest,
  type SimulatedProvider,
  startSimulatedProvider,
} from '../../src/simulator/provider.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const KEYS = { GPT_KEY: 'key-of-the-openai-side', CLAUDE_KEY: 'key-of-the-anthropic-side' };
const CLIENT_KEY = 'key-of-the-client';
/** Dollars per million tokens are thousands of nano-dollars per token. */
const MINI = { input: 150, cached: 75, output: 600 };
const HAIKU = { input: 1000, output: 5000 };

let app: TestApp;
/** The OpenAI side; the app's own provider is the Anthropic side. */
let openaiSide: SimulatedProvider;

before(async () => {
  openaiSide = await startSimulatedProvider({ recording: true });
  app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: openaiSide.url, TOKENWATCH_CACHE_ENABLED: 'true' },
    environment: KEYS,
  });
});
after(async () => {
  await app.close();
  await openaiSide.close();
});
afterEach(async () => {
  for (const kind of ['routes', 'experiments', 'upstreams']) {
    const response = await fetch(`${app.dashboardUrl}/api/${kind}`);
    if (!response.ok) continue;
    const [entries = []] = Object.values((await response.json()) as Record<string, { name?: string }[]>);
    for (const { name } of entries)
      if (name !== undefined && name !== 'default')
        await fetch(`${app.dashboardUrl}/api/${kind}/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }
});

async function cli(...words: string[]): Promise<string> {
  return runWords(words, { TOKENWATCH_DATA_DIR: app.dataDir });
}

async function set(kind: string, definition: object): Promise<void> {
  const response = await fetch(`${app.dashboardUrl}/api/${kind}`, {
    method: 'POST',
    headers: app.adminHeaders,
    body: JSON.stringify(definition),
  });
  assert.equal(response.status, 200, await response.text());
}

const route = (name: string, model: string, target: string, more: object = {}): Promise<void> =>
  set('routes', { name, conditions: [{ type: 'model', value: model }], target, ...more });

async function toGpt(target = 'gpt-4o-mini'): Promise<void> {
  await set('upstreams', { name: 'gpt', api: 'openai', url: openaiSide.url, keyEnv: 'GPT_KEY' });
  await route('to-gpt', 'claude-sonnet-4-5', target);
}

async function toClaude(target = 'claude-haiku-4-5'): Promise<void> {
  await set('upstreams', { name: 'claude', api: 'anthropic', url: app.provider.url, keyEnv: 'CLAUDE_KEY' });
  await route('to-claude', 'gpt-4o', target);
}

interface Client<T> {
  readonly client: T;
  readonly session: string;
}

function anthropicClient(headers: Record<string, string> = {}): Client<Anthropic> {
  const session = randomUUID();
  const client = new Anthropic({
    apiKey: CLIENT_KEY,
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { ...headers, 'x-tokenwatch-session': session },
  });
  return { client, session };
}

function openaiClient(headers: Record<string, string> = {}): Client<OpenAI> {
  const session = randomUUID();
  const client = new OpenAI({
    apiKey: CLIENT_KEY,
    baseURL: `${app.proxyUrl}/openai/v1`,
    maxRetries: 0,
    defaultHeaders: { ...headers, 'x-tokenwatch-session': session },
  });
  return { client, session };
}

const WEATHER = { type: 'object' as const, properties: { place: { type: 'string' } }, required: ['place'] };
const QUESTION = 'Which tool tells the weather? Use it.';

const MESSAGE: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'claude-sonnet-4-5',
  max_tokens: 500,
  system: 'You are brief.',
  messages: [{ role: 'user', content: QUESTION }],
  tools: [{ name: 'get_weather', description: 'The weather of a place', input_schema: WEATHER }],
};
const COMPLETION: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content: QUESTION },
  ],
  tools: [{ type: 'function', function: { name: 'get_weather', parameters: WEATHER } }],
};

/** Neither the client's key nor anything of the client's API reached the other side. */
function assertForeign(request: RecordedRequest, path: string, key: Record<string, string>): void {
  assert.equal(request.url, path);
  assert.ok(!request.rawHeaders.join('\n').includes(CLIENT_KEY), 'the client’s key left for another origin');
  const api = Object.keys(request.headers).filter((name) => /^(anthropic|openai|x-stainless)-/.test(name));
  assert.deepEqual(api, path === '/v1/messages' ? ['anthropic-version'] : []);
  for (const [name, value] of Object.entries(key)) assert.equal(request.headers[name], value);
}

const MINI_COST = ({ usage }: RequestRecord): number =>
  usage.inputTokens * MINI.input + usage.cacheReadTokens * MINI.cached + usage.outputTokens * MINI.output;
const HAIKU_COST = ({ usage }: RequestRecord): number =>
  usage.inputTokens * HAIKU.input +
  usage.cacheReadTokens * (HAIKU.input / 10) +
  usage.cacheWrite5mTokens * HAIKU.input * 1.25 +
  usage.outputTokens * HAIKU.output;

/** `ask` gets one answer of the agent's model, whole or streamed. */
async function anthropicAgent(
  ask: (params: typeof MESSAGE) => Promise<Anthropic.Message>,
): Promise<Anthropic.Message[]> {
  const called = await ask(MESSAGE);
  assert.equal(called.stop_reason, 'tool_use');
  const use = called.content.find((block) => block.type === 'tool_use');
  assert.ok(use !== undefined);
  assert.equal(use.name, 'get_weather');
  assert.equal(typeof (use.input as { place?: unknown }).place, 'string');
  const answered = await ask({
    ...MESSAGE,
    messages: [
      ...MESSAGE.messages,
      { role: 'assistant', content: called.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '12 °C, rain' }] },
    ],
  });
  assert.equal(answered.stop_reason, 'end_turn');
  assert.match(answered.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), /\w+/);
  return [called, answered];
}

test('a request of several megabytes is translated in another thread, to the same', async () => {
  await toGpt();
  const data = 'QUFB'.repeat(800_000);
  const source = { type: 'base64' as const, media_type: 'image/png' as const, data };
  const content = [
    { type: 'image' as const, source },
    { type: 'text' as const, text: 'A lake, or a sea? größe ☃' },
  ];
  const { client, session } = anthropicClient();
  const from = openaiSide.requests.length;
  const answer = await client.messages.create({ ...MESSAGE, messages: [{ role: 'user', content }] });
  assert.match(answer.model, /^gpt-4o-mini/);
  const { body } = await openaiSide.arrival(from);
  const sent = JSON.parse(String(body)) as OpenAI.ChatCompletionCreateParams;
  assert.equal(sent.model, 'gpt-4o-mini');
  assert.deepEqual(sent.messages[1], {
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
      { type: 'text', text: 'A lake, or a sea? größe ☃' },
    ],
  });
  const [record] = await app.recordsOf(session, 1);
  assert.deepEqual([record?.outcome, record?.modelSent], ['completed', 'gpt-4o-mini']);
  const refused = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ ...MESSAGE, mcp_servers: [{}], messages: [{ role: 'user', content }] }),
  });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /mcp_servers cannot be translated/);
});

for (const streamed of [false, true]) {
  test(`an Anthropic agent with tools works on a GPT model, ${streamed ? 'streamed' : 'whole'}`, async () => {
    await toGpt();
    const { client, session } = anthropicClient();
    const from = openaiSide.requests.length;
    const messages = await anthropicAgent((params) =>
      streamed ? client.messages.stream(params).finalMessage() : client.messages.create(params),
    );
    const records = (await app.recordsOf(session, 2)).toReversed();
    for (const [index, message] of messages.entries()) {
      assertForeign(await openaiSide.arrival(from + index), '/v1/chat/completions', {
        authorization: `Bearer ${KEYS.GPT_KEY}`,
      });
      const record = records[index] as RequestRecord;
      assert.match(message.model, /^gpt-4o-mini/);
      assert.equal(record.outcome, 'completed');
      assert.equal(record.protocol, 'anthropic');
      assert.equal(record.modelRequested, 'claude-sonnet-4-5');
      assert.equal(record.modelSent, 'gpt-4o-mini');
      assert.match(record.modelUsed ?? '', /^gpt-4o-mini-2024/);
      assert.equal(record.upstream, openaiSide.url);
      assert.equal(record.streamed, streamed);
      assert.equal(record.usageSource, 'provider');
      const { usage } = message;
      assert.deepEqual(
        [usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens],
        [record.usage.inputTokens, record.usage.cacheReadTokens, record.usage.outputTokens],
      );
      assert.ok(record.usage.outputTokens > 0);
      assert.equal(record.costNanoUsd, MINI_COST(record));
    }
  });

  test(`an OpenAI agent with tools works on a Claude model, ${streamed ? 'streamed' : 'whole'}`, async () => {
    await toClaude();
    const { client, session } = openaiClient();
    const from = app.provider.requests.length;
    const ask = (params: typeof COMPLETION): Promise<OpenAI.ChatCompletion> =>
      streamed
        ? client.chat.completions
            .stream({ ...params, stream: true, stream_options: { include_usage: true } })
            .finalChatCompletion()
        : client.chat.completions.create(params);
    const called = await ask(COMPLETION);
    assert.equal(called.choices[0]?.finish_reason, 'tool_calls');
    const [call] = called.choices[0]?.message.tool_calls ?? [];
    assert.ok(call?.type === 'function');
    assert.equal(typeof JSON.parse(call.function.arguments).place, 'string');
    const message = { ...(called.choices[0]?.message as OpenAI.ChatCompletionMessage) };
    delete (message as { parsed?: unknown }).parsed;
    const answered = await ask({
      ...COMPLETION,
      messages: [
        ...COMPLETION.messages,
        {
          role: 'assistant',
          content: message.content,
          tool_calls: [
            {
              id: call.id,
              type: 'function',
              function: { name: call.function.name, arguments: call.function.arguments },
            },
          ],
        },
        { role: 'tool', tool_call_id: call.id, content: '12 °C, rain' },
      ],
    });
    assert.equal(answered.choices[0]?.finish_reason, 'stop');
    assert.match(answered.choices[0]?.message.content ?? '', /\w+/);
    const records = (await app.recordsOf(session, 2)).toReversed();
    for (const [index, completion] of [called, answered].entries()) {
      assertForeign(await app.provider.arrival(from + index), '/v1/messages', {
        'x-api-key': KEYS.CLAUDE_KEY,
      });
      const record = records[index] as RequestRecord;
      assert.match(completion.model, /^claude-haiku-4-5/);
      assert.equal(record.outcome, 'completed');
      assert.equal(record.protocol, 'openai');
      assert.equal(record.modelSent, 'claude-haiku-4-5');
      assert.equal(record.upstream, app.provider.url);
      const { inputTokens, cacheReadTokens, cacheWrite5mTokens, outputTokens } = record.usage;
      assert.equal(completion.usage?.prompt_tokens, inputTokens + cacheReadTokens + cacheWrite5mTokens);
      assert.equal(completion.usage?.completion_tokens, outputTokens);
      assert.equal(record.costNanoUsd, HAIKU_COST(record));
    }
  });
}

test('the response says what was done', async () => {
  await toGpt();
  const { client } = anthropicClient();
  const { response } = await client.messages.create(MESSAGE).withResponse();
  const said = (name: string): string | null => response.headers.get(`x-tokenwatch-${name}`);
  assert.deepEqual(
    ['requested-model', 'routed-model', 'routing-rule', 'translated', 'upstream', 'cache'].map(said),
    ['claude-sonnet-4-5', 'gpt-4o-mini', 'to-gpt', 'anthropic-to-openai', 'gpt', 'BYPASS'],
  );
  assert.ok(response.headers.get('request-id'));
  assert.equal(response.headers.get('x-request-id'), null);
});

test('a stream without include_usage gets no usage, and is counted all the same', async () => {
  await toClaude();
  const { client, session } = openaiClient();
  const stream = await client.chat.completions.create({ ...COMPLETION, stream: true });
  let last: OpenAI.ChatCompletionChunk | undefined;
  for await (const chunk of stream) {
    assert.equal(chunk.usage, undefined);
    last = chunk;
  }
  assert.equal(last?.choices[0]?.finish_reason, 'tool_calls');
  const record = await app.recordOf(session);
  assert.equal(record.usageSource, 'provider');
  assert.equal(record.costNanoUsd, HAIKU_COST(record));
});

for (const encoding of ['gzip', 'br', 'zstd', 'deflate'])
  test(`answers that come compressed with ${encoding} are translated, whole and streamed`, async () => {
    await toGpt();
    const { client, session } = anthropicClient({ 'x-simulate': encoding });
    const whole = await client.messages.create(MESSAGE);
    const streamed = await client.messages.stream(MESSAGE).finalMessage();
    assert.deepEqual([whole.stop_reason, streamed.stop_reason], ['tool_use', 'tool_use']);
    for (const record of await app.recordsOf(session, 2)) assert.equal(record.costNanoUsd, MINI_COST(record));
  });

test('errors of the other API are the client’s own typed errors', async () => {
  await toGpt();
  await toClaude();
  const failing = async (status: number): Promise<[unknown, unknown, RequestRecord, RequestRecord]> => {
    const headers = { 'x-simulate': `status=${status};retry-after=7` };
    const [first, second] = [anthropicClient(headers), openaiClient(headers)];
    const anthropicError = await first.client.messages.create(MESSAGE).catch((error: unknown) => error);
    const openaiError = await second.client.chat.completions
      .create(COMPLETION)
      .catch((error: unknown) => error);
    return [
      anthropicError,
      openaiError,
      await app.recordOf(first.session),
      await app.recordOf(second.session),
    ];
  };
  const [limited, alsoLimited, record] = await failing(429);
  assert.ok(limited instanceof Anthropic.RateLimitError);
  assert.equal((limited.error as { error: { type: string } }).error.type, 'rate_limit_error');
  assert.equal(limited.headers.get('retry-after'), '7');
  assert.equal(record.outcome, 'upstream_error');
  assert.equal(record.status, 429);
  assert.ok(alsoLimited instanceof OpenAI.RateLimitError);
  await toRest();
  const [unknown, alsoUnknown] = await failing(404);
  assert.ok(unknown instanceof Anthropic.NotFoundError);
  assert.ok(alsoUnknown instanceof OpenAI.NotFoundError);
});

/** A 429 with retry-after lets the upstream rest: another one of another name is not told. */
async function toRest(): Promise<void> {
  for (const kind of ['upstreams/gpt', 'upstreams/claude'])
    await fetch(`${app.dashboardUrl}/api/${kind}`, { method: 'DELETE' });
  await set('upstreams', { name: 'gpt2', api: 'openai', url: openaiSide.url, keyEnv: 'GPT_KEY' });
  await set('upstreams', { name: 'claude2', api: 'anthropic', url: app.provider.url, keyEnv: 'CLAUDE_KEY' });
}

test('an overloaded server is overloaded in either API', async () => {
  await toGpt();
  await toClaude();
  const first = anthropicClient({ 'x-simulate': 'status=503' });
  const second = openaiClient({ 'x-simulate': 'status=529' });
  const anthropicError = await first.client.messages.create(MESSAGE).catch((error: unknown) => error);
  const openaiError = await second.client.chat.completions
    .create(COMPLETION)
    .catch((error: unknown) => error);
  assert.ok(anthropicError instanceof Anthropic.APIError);
  assert.equal(anthropicError.status, 529);
  assert.ok(openaiError instanceof OpenAI.InternalServerError);
  assert.equal(openaiError.status, 503);
});

test('an error inside a stream, and a stream that breaks, are that for the client', async () => {
  await toGpt();
  await toClaude();
  const failed = anthropicClient({ 'x-simulate': 'error-after=3' });
  await assert.rejects(failed.client.messages.stream(MESSAGE).finalMessage(), Anthropic.APIError);
  assert.equal((await app.recordOf(failed.session)).outcome, 'upstream_error');
  const alsoFailed = openaiClient({ 'x-simulate': 'error-after=3' });
  await assert.rejects(
    alsoFailed.client.chat.completions.stream({ ...COMPLETION, stream: true }).finalChatCompletion(),
    OpenAI.APIError,
  );
  for (const control of ['break-after=3', 'end-after=3']) {
    const broken = anthropicClient({ 'x-simulate': control });
    await assert.rejects(broken.client.messages.stream(MESSAGE).finalMessage(), /broke off/, control);
    assert.equal((await app.recordOf(broken.session)).outcome, 'upstream_broken', control);
    const alsoBroken = openaiClient({ 'x-simulate': control });
    await assert.rejects(
      alsoBroken.client.chat.completions.stream({ ...COMPLETION, stream: true }).finalChatCompletion(),
    );
    assert.equal((await app.recordOf(alsoBroken.session)).outcome, 'upstream_broken', control);
  }
});

test('a whole answer that breaks off is an error of ours, in the client’s shape', async () => {
  await toGpt();
  const { client, session } = anthropicClient({ 'x-simulate': 'break-after=1' });
  await assert.rejects(client.messages.create(MESSAGE), (error) => {
    assert.ok(error instanceof Anthropic.InternalServerError);
    assert.equal(error.status, 502);
    return true;
  });
  assert.equal((await app.recordOf(session)).outcome, 'upstream_broken');
});

test('what arrives is paid for where it cannot be translated', async () => {
  await toGpt();
  const answer = {
    id: 'c1',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [0, 1].map((index) => ({
      index,
      message: { role: 'assistant', content: 'x' },
      finish_reason: 'stop',
    })),
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  };
  const raw = Buffer.from(JSON.stringify(answer)).toString('base64');
  const { client, session } = anthropicClient({ 'x-simulate': `raw=${raw};type=application/json` });
  await assert.rejects(client.messages.create(MESSAGE), /it is not one completion/);
  const record = await app.recordOf(session);
  assert.deepEqual(
    [record.outcome, record.errorCode, record.status],
    ['upstream_error', 'answer_not_translatable', 502],
  );
  assert.equal(record.costNanoUsd, 100 * MINI.input + 10 * MINI.output);
});

test('a client that leaves ends the request at the other side', async () => {
  await toGpt();
  const { client, session } = anthropicClient({ 'x-simulate': 'hang-after=3' });
  const from = openaiSide.requests.length;
  const stream = client.messages.stream(MESSAGE);
  await new Promise<void>((resolve) => stream.once('streamEvent', () => resolve()));
  stream.abort();
  await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  assert.equal(await (await openaiSide.arrival(from)).closed, 'aborted');
  assert.equal((await app.recordOf(session)).outcome, 'client_gone');
});

test('a field that has no equal is refused by its name, and nothing leaves', async () => {
  await toGpt();
  await toClaude();
  const before = [openaiSide.requests.length, app.provider.requests.length];
  const first = anthropicClient();
  await assert.rejects(first.client.messages.create({ ...MESSAGE, container: 'c' }), (error) => {
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /container cannot be translated/);
    assert.equal(error.headers.get('x-tokenwatch-error'), 'not_translatable');
    assert.equal(error.headers.get('x-tokenwatch-routing-rule'), 'to-gpt');
    return true;
  });
  const second = openaiClient();
  await assert.rejects(second.client.chat.completions.create({ ...COMPLETION, n: 2 }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.match(error.message, /n cannot be translated/);
    return true;
  });
  for (const { session } of [first, second]) {
    const record = await app.recordOf(session);
    assert.deepEqual([record.outcome, record.errorCode], ['refused', 'not_translatable']);
  }
  assert.deepEqual([openaiSide.requests.length, app.provider.requests.length], before);
});

test('without a key for the other API the request is refused, and the client’s key stays', async () => {
  await route('to-gpt', 'claude-sonnet-4-5', 'gpt-4o-mini');
  const before = openaiSide.requests.length;
  const { client, session } = anthropicClient();
  await assert.rejects(
    client.messages.create(MESSAGE),
    /Routing rule .*to-gpt.*upstream add NAME --api openai/,
  );
  assert.equal(openaiSide.requests.length, before);
  const record = await app.recordOf(session);
  assert.deepEqual([record.outcome, record.errorCode], ['refused', 'upstream_key_missing']);
});

test('other endpoints stay as they are: count_tokens is answered by Anthropic', async () => {
  await toGpt();
  const { client } = anthropicClient();
  const { model, messages, system, tools } = MESSAGE;
  const counted = await client.messages.countTokens({
    model,
    messages,
    system,
    tools,
  } as Anthropic.MessageCountTokensParams);
  assert.ok(counted.input_tokens > 0);
  await toClaude();
  const { client: other } = openaiClient();
  const response = await other.responses.create({ model: 'gpt-4o', input: 'Hello' });
  assert.match(response.model, /^gpt-4o-2024/);
});

test('an A/B test may compare models of both APIs', async () => {
  await toGpt();
  await fetch(`${app.dashboardUrl}/api/routes/to-gpt`, { method: 'DELETE' });
  const models = { modelA: 'claude-haiku-4-5', modelB: 'gpt-4o-mini' };
  await set('experiments', { name: 'families', ...models, split: 50, sticky: 'request' });
  const seen = new Map<string, number>();
  for (let count = 0; count < 12; count += 1) {
    const { client, session } = anthropicClient();
    const { data, response } = await client.messages
      .create({ ...MESSAGE, model: 'claude-haiku-4-5', tools: [] })
      .withResponse();
    const variant = response.headers.get('x-tokenwatch-ab-variant') ?? '';
    seen.set(variant, (seen.get(variant) ?? 0) + 1);
    assert.match(data.model, variant === 'b' ? /^gpt-4o-mini/ : /^claude-haiku/);
    const record = await app.recordOf(session);
    assert.deepEqual([record.experiment, record.variant], ['families', variant]);
  }
  assert.ok((seen.get('a') ?? 0) > 0 && (seen.get('b') ?? 0) > 0, JSON.stringify([...seen]));
});

test('what route add says about translation', async () => {
  const add = (name: string, ...words: string[]): Promise<string> =>
    cli('route', 'add', name, '--condition', 'model', '--value', 'x', ...words);
  const both = await add('both', '--target', 'gpt-5-mini');
  assert.match(both, /gpt-5-mini speaks the openai API: requests of the anthropic API are translated/);
  assert.match(both, /Only POST \/v1\/messages is; .*names the field: docs\/translation\.md/);
  assert.match(both, /no upstream of the openai API is set/);
  assert.match(both, /With --api openai the rule would leave requests of the anthropic API alone/);
  assert.match(
    await add('own', '--target', 'gpt-5-mini', '--api', 'openai'),
    /It applies to requests of the openai API\./,
  );
  await set('upstreams', { name: 'gpt', api: 'openai', url: openaiSide.url, keyEnv: 'GPT_KEY' });
  const named = await add('named', '--target', 'my-model', '--upstream', 'gpt', '--api', 'anthropic');
  assert.match(named, /my-model speaks the openai API: requests of the anthropic API are translated/);
  assert.doesNotMatch(named, /no upstream of the openai API is set/);
  assert.match(await add('any', '--target', 'glm-4.7'), /both APIs; each stays in its own/);
  const explicit = await add('explicit', '--target', 'glm-4.7', '--target-api', 'anthropic');
  assert.match(explicit, /glm-4\.7 speaks the anthropic API: requests of the openai API are translated/);
});

test('where both APIs are at one address, the client’s own key goes along by its other name', async () => {
  const one = await startTestApp();
  try {
    const rule = { name: 'r', conditions: [{ type: 'stream', value: 'no' }], target: 'gpt-4o-mini' };
    await fetch(`${one.dashboardUrl}/api/routes`, { method: 'POST', body: JSON.stringify(rule) });
    const client = new Anthropic({ apiKey: CLIENT_KEY, baseURL: `${one.proxyUrl}/anthropic`, maxRetries: 0 });
    await client.messages.create(MESSAGE);
    const { url, headers } = await one.provider.arrival(0);
    assert.equal(url, '/v1/chat/completions');
    assert.equal(headers.authorization, `Bearer ${CLIENT_KEY}`);
    assert.equal(headers['x-api-key'], undefined);
  } finally {
    await one.close();
  }
});

test('budgets count the model that is really asked', async () => {
  await toGpt();
  await cli('budget', 'set', '--limit', '0.0000001', '--period', 'total', '--model', 'gpt-4o-mini');
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { client } = anthropicClient();
    const error = await client.messages.create(MESSAGE).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error instanceof Anthropic.RateLimitError) {
      assert.equal(error.headers.get('x-tokenwatch-error'), 'budget_exceeded');
      break;
    }
    assert.equal(error, null);
    assert.ok(performance.now() < deadline, 'the budget does not hold');
  }
});
