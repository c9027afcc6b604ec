// Habits of clients and servers, through the proxy: long names of tools, errors inside a 200, pictures in results.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
let upstream: Server;
let answer: (body: Record<string, unknown>) => {
  status?: number;
  type?: string;
  coding?: string;
  text: string | Buffer;
};
let seen: Record<string, unknown>[] = [];

before(async () => {
  upstream = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      seen.push(body);
      const told = answer(body);
      response.writeHead(told.status ?? 200, {
        'content-type': told.type ?? 'application/json',
        ...(told.coding !== undefined && { 'content-encoding': told.coding }),
      });
      response.end(told.text);
    });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  app = await startTestApp({ environment: { KEY: 'key-of-an-upstream' } });
  for (const [name, api, model, target] of [
    ['gpt', 'openai', 'claude-sonnet-4-5', 'gpt-4o'],
    ['claude', 'anthropic', 'gpt-4o', 'claude-opus-4-6'],
  ]) {
    await set('/api/upstreams', { name, api, url, keyEnv: 'KEY' });
    const conditions = [{ type: 'model', value: model }];
    await set('/api/routes', { name: `to-${name}`, conditions, target, upstream: name });
  }
});
after(async () => {
  await app.close();
  upstream.close();
});

async function set(path: string, document: object): Promise<void> {
  const response = await fetch(app.dashboardUrl + path, {
    method: 'POST',
    headers: app.adminHeaders,
    body: JSON.stringify(document),
  });
  assert.equal(response.status, 200, await response.text());
}

async function ask(
  path: string,
  body: object,
  { session = 'any', ...signal }: { readonly session?: string; readonly signal?: AbortSignal } = {},
): Promise<{ status: number; text: string; leftOut: string | null }> {
  seen = [];
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'k',
    authorization: 'Bearer k',
    'x-tokenwatch-session': session,
  };
  const request = { method: 'POST', headers, body: JSON.stringify(body), ...signal };
  const response = await fetch(app.proxyUrl + path, request);
  const leftOut = response.headers.get('x-tokenwatch-left-out');
  return { status: response.status, text: await response.text(), leftOut };
}

const MESSAGE = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] };
type Asking = Parameters<typeof ask>[2];
const toMessages = (fields: object, asking?: Asking) =>
  ask('/anthropic/v1/messages', { ...MESSAGE, ...fields }, asking);
const toChat = (fields: object, asking?: Asking) =>
  ask('/openai/v1/chat/completions', { ...CHAT, ...fields }, asking);
const LONG = `mcp__${'a-server-with-a-long-name__'.repeat(3)}tool`;

const completion = (message: object, finish_reason = 'stop'): string =>
  JSON.stringify({
    id: 'c',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });

test('a tool with a long name is called by it, in the definition, the choice, the history and the answer', async () => {
  answer = ({ tools }) => {
    const { name } = (tools as { function: { name: string } }[])[0]!.function;
    assert.ok(name.length <= 64, name);
    const called = { id: 'call_1', type: 'function', function: { name, arguments: '{}' } };
    return { text: completion({ tool_calls: [called] }, 'tool_calls') };
  };
  const call = { type: 'tool_use', id: 'toolu_1', name: LONG, input: {} };
  const { status, text } = await toMessages({
    tools: [{ name: LONG, input_schema: {} }],
    tool_choice: { type: 'tool', name: LONG },
    messages: [
      ...MESSAGE.messages,
      { role: 'assistant', content: [call] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'y' }] },
    ],
  });
  assert.equal(status, 200, text);
  assert.equal((JSON.parse(text) as { content: { name: string }[] }).content[0]?.name, LONG);
  assert.ok(!JSON.stringify(seen).includes(LONG));
});

test('a Chat client’s tool of another form of name is called by it, through Claude, as a stream', async () => {
  const event = (document: { type: string }): string =>
    `event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`;
  answer = ({ tools }) => {
    const { name } = (tools as { name: string }[])[0]!;
    assert.match(name, /^[\w-]{1,64}$/);
    const content_block = { type: 'tool_use', id: 'toolu_1', name, input: {} };
    const events = [
      { type: 'message_start', message: { id: 'm', model: 'claude-opus-4-6', usage: { input_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ];
    return { type: 'text/event-stream', text: events.map(event).join('') };
  };
  const { text } = await toChat({
    stream: true,
    tools: [{ type: 'function', function: { name: 'files.read/all', parameters: {} } }],
  });
  assert.match(text, /"name":"files\.read\/all"/);
  assert.match(text, /"finish_reason":"tool_calls"/);
});

test('an error inside a 200 is an error for the client, with the status that it tells or means', async () => {
  const answers: readonly (readonly [document: object, status: number, type: string])[] = [
    [{ error: { message: 'slow down', code: 429 } }, 429, 'rate_limit_error'],
    [{ error: 'broken' }, 502, 'api_error'],
    [{ object: 'error', message: 'no such model', code: 404 }, 404, 'not_found_error'],
  ];
  for (const [document, status, type] of answers) {
    for (const stream of [false, true]) {
      answer = () => ({ text: JSON.stringify(document) });
      const told = await toMessages({ stream });
      assert.equal(told.status, status, told.text);
      assert.equal((JSON.parse(told.text) as { error: { type: string } }).error.type, type);
    }
  }
  answer = () => ({
    text: JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } }),
  });
  const told = await toChat({});
  assert.deepEqual(
    [told.status, (JSON.parse(told.text) as { error: { message: string } }).error.message],
    [503, 'busy'],
  );
});

test('an answer that is compressed in another way than it says, or says nothing of it, is read', async () => {
  const packed = { gzip: gzipSync, zstd: zstdCompressSync };
  for (const [actual, named] of [
    ['gzip', 'br'],
    ['gzip', 'zstd'],
    ['gzip', 'deflate'],
    ['gzip', undefined],
    ['zstd', 'br'],
    ['zstd', 'gzip'],
    ['zstd', undefined],
  ] as const) {
    const coded = (text: string) => ({ ...(named && { coding: named }), text: packed[actual](text) });
    answer = () => coded(completion({ content: 'Hi' }));
    assert.match((await toMessages({})).text, /"text":"Hi"/, `${actual} as ${named}`);
    answer = () => ({ status: 400, ...coded('{"error":{"message":"no"}}') });
    const { status, text } = await toMessages({ stream: true });
    assert.deepEqual([status, JSON.parse(text).error.message], [400, 'no'], `${actual} as ${named}`);
  }
});

test('an error keeps its status where its words cannot be read, and its words where they are an event', async () => {
  for (const [coding, text] of [
    ['snappy', 'x'],
    ['gzip', gzipSync('{"error":{"message":"no"}}').subarray(0, 20)],
    ['br', Buffer.of(0xff, 0xff, 0xff)],
  ] as const) {
    answer = () => ({ status: 400, coding, text });
    const told = await toMessages({});
    assert.equal(told.status, 400, coding);
    assert.match(told.text, /"type":"invalid_request_error","message":"The upstream answered 400: \(it/);
  }
  for (const name of ['', 'event: error\n']) {
    answer = () => ({
      status: 429,
      type: 'text/event-stream',
      text: `${name}data: {"error":{"message":"no"}}\n\n`,
    });
    const told = await toMessages({ stream: true });
    assert.deepEqual([told.status, JSON.parse(told.text).error.message], [429, 'no']);
  }
});

test('a stream under another name is a stream, and a document where none was asked for', async () => {
  const head = { id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o' };
  const chunk = (delta: object, more: object = {}) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, ...more }] })}\n\n`;
  const text = `: busy\n\n${chunk({ content: 'Hi' })}${chunk({}, { finish_reason: 'stop' })}data: [DONE]\n\n`;
  for (const type of ['text/plain', 'application/json', 'application/octet-stream']) {
    answer = () => ({ type, text });
    const streamed = await toMessages({ stream: true });
    assert.match(streamed.text, /"text":"Hi"[\s\S]*message_stop/, type);
    const whole = await toMessages({});
    assert.match(whole.text, /"text":"Hi"/, whole.text);
  }
});

test('a stream that was not asked for is put together, whatever else stands in it', async () => {
  const chunk = (delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'c', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const words = chunk({ role: 'assistant', content: 'Hi' });
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n';
  const odd =
    'data: {"choices":[],"prompt_filter_results":[{}]}\n\nevent: ping\ndata: {}\n\ndata: {"choices":null}\n\n';
  const stream = (text: string): void => {
    answer = () => ({ type: 'text/event-stream', text });
  };
  stream(`${odd}${words}${chunk({}, 'stop')}${usage}data: [DONE]\n\n`);
  const whole = await toMessages({});
  assert.equal(whole.status, 200, whole.text);
  assert.match(whole.text, /"text":"Hi"/);
  assert.match(whole.text, /"input_tokens":3/);
  stream(`${words}data: {"error":{"message":"boom","type":"rate_limit_error"}}\n\n`);
  const failed = await toMessages({});
  assert.deepEqual([failed.status, /boom/.test(failed.text)], [429, true], failed.text);
  stream(words);
  assert.equal((await toMessages({})).status, 502);
});

test('a stream’s usage is found where servers put it, and no zeros wipe it out', async () => {
  const usage = { prompt_tokens: 33, completion_tokens: 4 };
  const chunk = (choice: object, more: object = {}) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [choice], ...more })}\n\n`;
  const said = chunk({ index: 0, delta: { content: 'Hi' } });
  const stop = { index: 0, delta: {}, finish_reason: 'stop' };
  const bodies = [
    said + chunk({ ...stop, usage }),
    said + chunk(stop, { usage }) + chunk({ index: 0, delta: {} }, { usage: { prompt_tokens: 0 } }),
    (said + chunk(stop, { usage })).replaceAll('\n\n', '\n'),
    said + chunk(stop, { usage }).replace('{}', '{"logprob":NaN}'),
  ];
  for (const text of bodies) {
    answer = () => ({ type: 'text/event-stream', text: `${text}data: [DONE]\n\n` });
    const told = await toMessages({ stream: true });
    assert.match(told.text, /"type":"message_delta".*"input_tokens":33.*"output_tokens":4/, text);
    assert.match(told.text, /message_stop/);
  }
});

test('a document that is a text is a text to a model that takes none', async () => {
  answer = () => ({ text: completion({ content: 'Hi' }) });
  const source = { type: 'text', media_type: 'text/plain', data: 'Lakes.' };
  const document = { type: 'document', source, title: 'Peru' };
  const { status, text } = await toMessages({ messages: [{ role: 'user', content: [document] }] });
  assert.equal(status, 200, text);
  assert.match(JSON.stringify(seen[0]), /Peru\\n\\nLakes\./);
});

test('what Claude Code always sends is taken to a model that knows less', async () => {
  answer = () => ({ text: completion({ content: 'Hi' }) });
  const { status, text, leftOut } = await toMessages({
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.0; cch=00000;' },
      { type: 'text', text: 'You are an agent.' },
    ],
    tools: [],
    thinking: { type: 'enabled', budget_tokens: 31_999 },
    output_config: { effort: 'high' },
  });
  assert.equal(status, 200, text);
  const [sent] = seen;
  assert.deepEqual(Object.keys(sent ?? {}).sort(), ['max_completion_tokens', 'messages', 'model']);
  assert.ok(!JSON.stringify(sent).includes('billing'));
  assert.equal(leftOut, 'thinking, output_config');
  assert.equal((await toMessages({ temperature: 0.5 })).leftOut, null);
});

const LARGE_TEXT = 'größe ☃ '.repeat(450_000);
const LARGE = completion({ content: LARGE_TEXT });

test('a large answer whose thread dies is a clear error, and a client may leave the next one', async (context) => {
  answer = () => ({ text: LARGE });
  let [started, meet]: [Worker[], (worker: Worker) => void] = [[], (worker) => void worker.terminate()];
  const begin = (worker: Worker): void => {
    started.push(worker);
    meet(worker);
  };
  process.on('worker', begin);
  context.after(() => process.off('worker', begin));
  const lost = await toMessages({}, { session: 'lost' });
  assert.equal(lost.status, 502);
  assert.match(lost.text, /cannot be translated.*the thread that reads large answers is lost/);
  const record = await app.recordOf('lost');
  assert.deepEqual([record.outcome, record.errorCode], ['upstream_error', 'answer_not_translatable']);
  // Another starts with the next answer, whose client leaves then.
  await Promise.all(started.map((worker) => worker.terminate()));
  started = [];
  const leaving = new AbortController();
  const { emit } = EventEmitter.prototype;
  meet = (worker) => {
    // On a busy machine it may be ready before the leaving is noticed: what it says is not heard.
    worker.emit = (event: string, ...rest: unknown[]) =>
      event !== 'message' && emit.call(worker, event, ...rest);
    leaving.abort();
  };
  await assert.rejects(toMessages({}, { session: 'left', signal: leaving.signal }));
  assert.ok(started.length > 0);
  assert.equal((await app.recordOf('left')).outcome, 'client_gone');
  await Promise.all(started.map((worker) => worker.terminate()));
});

test('an answer of several megabytes is translated and counted like a small one, in every form', async () => {
  answer = () => ({ text: LARGE });
  const whole = await toMessages({}, { session: 'large' });
  assert.equal(whole.status, 200);
  const { content, usage } = JSON.parse(whole.text) as { content: { text: string }[]; usage: object };
  assert.ok(content[0]?.text === LARGE_TEXT);
  const record = await app.recordOf('large');
  assert.deepEqual(
    [record.outcome, record.usage.inputTokens, record.usage.outputTokens, record.usageSource],
    ['completed', 3, 2, 'provider'],
  );
  assert.ok(JSON.stringify(usage).includes('"input_tokens":3,'));
  const streamed = await toMessages({ stream: true });
  const texts = [...streamed.text.matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g)];
  assert.ok(texts.map(([, text]) => JSON.parse(text!) as string).join('') === LARGE_TEXT);
  assert.match(streamed.text.slice(-200), /message_stop/);
  // A stream of megabytes to a client that asked for none.
  const chunk = (delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'c', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const stream = chunk({ content: 'Hi ' }).repeat(30_000) + chunk({}, 'stop');
  answer = () => ({ type: 'text/event-stream', text: `${stream}data: [DONE]\n\n` });
  const gathered = await toMessages({});
  assert.equal(
    (JSON.parse(gathered.text) as typeof content & { content: { text: string }[] }).content[0]?.text,
    'Hi '.repeat(30_000),
  );
});

test('a large message is a completion, and a large error keeps its status', async () => {
  const input = { text: LARGE_TEXT };
  const call = { type: 'tool_use', id: 'toolu_1', name: 'write', input };
  const usage = { input_tokens: 4, output_tokens: 6 };
  answer = () => ({
    text: JSON.stringify({
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-6',
      content: [call],
      stop_reason: 'tool_use',
      usage,
    }),
  });
  const { status, text } = await toChat({});
  assert.equal(status, 200);
  const [choice] = (
    JSON.parse(text) as { choices: { message: { tool_calls: { function: { arguments: string } }[] } }[] }
  ).choices;
  assert.deepEqual(JSON.parse(choice?.message.tool_calls[0]?.function.arguments ?? ''), input);
  answer = () => ({
    status: 429,
    text: JSON.stringify({ error: { type: 'rate_limit_error', message: LARGE_TEXT } }),
  });
  const failed = await toChat({});
  assert.equal(failed.status, 429);
  assert.match(failed.text, /"message":"größe/);
});

test('an answer above the bound is refused with the bound', async () => {
  answer = () => ({ text: completion({ content: 'x'.repeat(17 * 1024 * 1024) }) });
  const { status, text } = await toMessages({}, { session: 'above' });
  assert.equal(status, 502);
  assert.match(text, /larger than 16 MiB/);
  const record = await app.recordOf('above');
  assert.deepEqual([record.outcome, record.errorCode], ['upstream_error', 'answer_not_translatable']);
});
