// Whatever a client or an upstream sends: the client gets an answer or a break, every request its one record, and the
// next request is served. With rules, budgets, the cache, an A/B test, the archive and translation in play.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { type RawUpstream, sendRaw, startRawUpstream } from './exchange.ts';
import { mutatedBytes, mutatedJson } from './mutations.ts';

/** More with TOKENWATCH_FUZZ_RUNS; a run that failed is repeated with TOKENWATCH_FUZZ_SEED. */
const RUNS = Number(process.env.TOKENWATCH_FUZZ_RUNS ?? 250);
const SEED = process.env.TOKENWATCH_FUZZ_SEED;
const ANSWER_MS = 5000;

let upstream: RawUpstream;
let app: TestApp;
const said: string[] = [];

before(async () => {
  upstream = await startRawUpstream();
  app = await startTestApp({
    settings: {
      TOKENWATCH_OPENAI_URL: upstream.url,
      TOKENWATCH_ANTHROPIC_URL: upstream.url,
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_STORE_PROMPTS: 'true',
      TOKENWATCH_OVERALL_TIMEOUT: '2',
      TOKENWATCH_FAILOVER_HEAD_TIMEOUT: '1',
    },
    environment: { THERE_KEY: 'key-of-there' },
    warn: (message) => said.push(message),
  });
  const url = upstream.url;
  await set('tags', { name: 'all', tag: 'fuzz', condition: { type: 'source_app', value: '*' } });
  await set('upstreams', { name: 'there', api: 'anthropic', url, keyEnv: 'THERE_KEY', models: 'claude-*' });
  await set('upstreams', { name: 'here', api: 'openai', url, keyEnv: 'THERE_KEY', priority: 10 });
  await set('routes', {
    name: 'to-claude',
    conditions: [{ type: 'model', value: 'gpt-4o' }],
    target: 'claude-sonnet-4-5',
    upstream: 'there',
  });
  await set('routes', {
    name: 'to-gpt',
    conditions: [{ type: 'model', value: 'claude-opus-4-5' }],
    target: 'gpt-4o-mini',
    upstream: 'here',
  });
  await set('routes', {
    name: 'cheaper',
    conditions: [{ type: 'model', value: '*o3*' }],
    target: 'o4-mini',
  });
  // Of no request but those whose model was replaced by an odd one.
  const odd = [{ type: 'model', value: 'x*' }];
  await set('routes', { name: 'odd', conditions: odd, target: 'o4-mini' });
  await set('experiments', { name: 'halves', modelA: 'gpt-4.1', modelB: 'gpt-4.1-mini', split: 50 });
  await set('budgets', { name: 'wide', limit: '100000', period: 'daily' });
  await set('budgets', { name: 'tagged', limit: '100000', period: 'monthly', tag: 'fuzz' });
});
after(async () => {
  await app?.close();
  await upstream?.close();
});

async function set(kind: string, definition: object): Promise<void> {
  const response = await fetch(`${app.dashboardUrl}/api/${kind}`, {
    method: 'POST',
    headers: app.adminHeaders,
    body: JSON.stringify(definition),
  });
  assert.ok(response.ok, `${kind}: ${response.status} ${await response.text()}`);
}

const TOOL = { type: 'object', properties: { city: { type: 'string' } } };
const ASKED: Readonly<Record<string, object>> = {
  '/openai/v1/chat/completions': {
    model: 'gpt-4o',
    stream: true,
    max_tokens: 50,
    messages: [
      { role: 'system', content: 'short' },
      { role: 'user', content: [{ type: 'text', text: 'weather?' }] },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'w', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ],
    tools: [{ type: 'function', function: { name: 'w', parameters: TOOL } }],
    stream_options: { include_usage: true },
    metadata: { session_id: 's' },
  },
  '/openai/v1/responses': { model: 'o3', input: [{ role: 'user', content: 'hi' }], max_output_tokens: 30 },
  '/openai/v1/embeddings': { model: 'gpt-4.1', input: ['one', 'two'] },
  '/anthropic/v1/messages': {
    model: 'claude-opus-4-5',
    max_tokens: 50,
    stream: false,
    system: [{ type: 'text', text: 'short', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'weather?' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'w', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'sunny' }] },
    ],
    tools: [{ name: 'w', input_schema: TOOL }],
    metadata: { user_id: 'user_a_account_b_session_c' },
  },
};
const CHAT = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'sunny',
        tool_calls: [{ id: 'x', function: { name: 'w', arguments: '{}' } }],
      },
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 5,
    completion_tokens: 2,
    total_tokens: 7,
    prompt_tokens_details: { cached_tokens: 1 },
  },
};
const MESSAGE = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [
    { type: 'text', text: 'sunny' },
    { type: 'tool_use', id: 'x', name: 'w', input: { city: 'x' } },
  ],
  stop_reason: 'end_turn',
  usage: { input_tokens: 5, output_tokens: 2, cache_creation: { ephemeral_5m_input_tokens: 0 } },
};
const CHUNKS = [
  {
    ...CHAT,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'su' } }],
  },
  {
    ...CHAT,
    choices: [
      { index: 0, delta: { tool_calls: [{ index: 0, id: 'x', function: { name: 'w', arguments: '{' } }] } },
    ],
  },
  { ...CHAT, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
];
const EVENTS = [
  { type: 'message_start', message: { ...MESSAGE, content: [] } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'sunny' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const ERROR = { type: 'error', error: { type: 'overloaded_error', message: 'full', code: 'x' } };

const EXTRA_HEADERS = [
  '',
  'x-tokenwatch-tag: a=b\r\n',
  'x-tokenwatch-cache: only\r\n',
  'x-tokenwatch-session: \u00ff\u00fe\r\n',
  'content-encoding: gzip\r\n',
  'trailer: x-a\r\n',
  'connection: x-b\r\nx-b: c\r\n',
  'user-agent: \u00e9(((\r\n',
  'accept-encoding: gzip\r\n',
  '__proto__: x\r\nconstructor: y\r\n',
  'x-tokenwatch-tag: __proto__=constructor,toString=\r\nx-tokenwatch-app: hasOwnProperty\r\n',
  'x-tokenwatch-session: __proto__\r\nx-tokenwatch-app: constructor\r\n',
  'content-encoding: __proto__\r\n',
];

const request = fc
  .constantFrom(...Object.entries(ASKED))
  .chain(([path, document]) =>
    fc.record({
      path: fc.constantFrom(
        path,
        path,
        path,
        `${path}?model=%ff&key=x`,
        `${path}/`,
        `/openai${path}`,
        `${path}%00`,
      ),
      method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'),
      version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
      extra: fc.constantFrom(...EXTRA_HEADERS),
      type: fc.constantFrom(
        'application/json',
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
      ),
      body: mutatedJson(document).chain((text) => mutatedBytes(Buffer.from(text))),
    }),
  )
  .map(({ path, method, version, extra, type, body }) => {
    const head = `${method} ${path} HTTP/${version}\r\nhost: localhost\r\nauthorization: Bearer k\r\nconnection: close\r\ncontent-type: ${type}\r\n${extra}content-length: ${body.length}\r\n\r\n`;
    return head + body.toString('latin1');
  });

const sse = (documents: readonly string[]): Buffer =>
  Buffer.from(`${documents.map((text) => `event: x\ndata: ${text}\n\n`).join('')}data: [DONE]\n\n`);

const answerBody = fc.oneof(
  fc.constantFrom<unknown>(CHAT, MESSAGE, ERROR).chain((document) =>
    fc.record({
      type: fc.constant('application/json'),
      body: mutatedJson(document).map((text) => Buffer.from(text)),
    }),
  ),
  fc.constantFrom<readonly unknown[]>(CHUNKS, EVENTS, [...EVENTS.slice(0, 3), ERROR]).chain((documents) =>
    fc.record({
      type: fc.constant('text/event-stream'),
      body: fc.tuple(...documents.map(mutatedJson)).map(sse),
    }),
  ),
);

const PHRASES = ['OK', '', 'a\u0001b', '\u00e9', 'x'.repeat(3000), 'OK\tyes'];
const ANSWER_HEADERS = [
  '',
  'trailer: x-a\r\n',
  'set-cookie: a\r\nset-cookie: b\r\n',
  'x-odd: \u00ff\u00fe\r\n',
  'connection: x-c\r\nx-c: d\r\n',
  'content-encoding: gzip\r\n',
  'content-encoding: br, gzip\r\n',
  'content-encoding: constructor\r\n',
  'content-encoding: zstd\r\n',
  'content-type: text/plain\r\n',
  'content-type: __proto__\r\n',
  'retry-after: -1\r\n',
  'retry-after: Wed, 99 Foo 2026\r\n',
  'date: never\r\n',
  'x-tokenwatch-request-id: forged\r\n',
  'x\u0001y: z\r\n',
  'transfer-encoding: chunked\r\n',
  'content-length: 3\r\n',
  'content-length: 999999999999999999999\r\n',
  `x-long: ${'y'.repeat(200_000)}\r\n`,
];
const STATUSES = [
  '200',
  '200',
  '200',
  '200',
  '200',
  '204',
  '304',
  '400',
  '429',
  '500',
  '529',
  '099',
  '101',
  '102',
  '999',
  '2000',
];

const answer = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    phrase: fc.constantFrom('OK', 'OK', 'OK', ...PHRASES),
    extra: fc.constantFrom('', '', '', '', ...ANSWER_HEADERS),
    zipped: fc.boolean(),
    content: answerBody,
  })
  .chain(({ status, phrase, extra, zipped, content: { type, body } }) => {
    const packed = zipped ? gzipSync(body) : body;
    const encoding = zipped ? 'content-encoding: gzip\r\n' : '';
    const head = `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: ${type}\r\nconnection: close\r\n${encoding}${extra}\r\n`;
    return mutatedBytes(packed).map((bytes) => head + bytes.toString('latin1'));
  });

async function inFlight(): Promise<number> {
  const status = (await (await fetch(`${app.dashboardUrl}/api/status`)).json()) as {
    journal: { inFlight: number };
  };
  return status.journal.inFlight;
}

test('nothing that a client or an upstream sends hangs a request, fails inside, or leaves one unsettled', async () => {
  await fc.assert(
    fc.asyncProperty(request, answer, async (asked, answered) => {
      upstream.answer = Buffer.from(answered, 'latin1');
      said.length = 0;
      const got = await sendRaw(app.proxyUrl, Buffer.from(asked, 'latin1'), ANSWER_MS);
      assert.notEqual(got, null, 'it hangs');
      assert.deepEqual(
        said.filter((line) => line.includes('failed inside')),
        [],
      );
    }),
    { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
  );
  const deadline = performance.now() + ANSWER_MS;
  while ((await inFlight()) > 0 && performance.now() < deadline) await new Promise(setImmediate);
  assert.equal(await inFlight(), 0, 'every request is settled');
  const body = JSON.stringify(CHAT);
  upstream.answer = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const next = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"still there?"}]}',
  });
  assert.equal(next.status, 200);
});
