// What becomes of odd answers: through the whole app, from a scripted upstream to the record.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { WebSocket, WebSocketServer } from 'ws';
import type { RequestRecord } from '../../src/core/record.ts';
import { TokenCounter } from '../../src/protocols/tokens/token-counter.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { type Asked, ScriptedUpstream, sendEvents, sendJson } from './scripted-upstream.ts';

const upstream = new ScriptedUpstream();
let app: TestApp;
before(async () => {
  const url = await upstream.start();
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_ANTHROPIC_URL: url } });
});
after(async () => {
  await app.close();
  upstream.close();
});

interface Got {
  readonly status: number;
  readonly body: string;
  readonly record: RequestRecord;
}

async function ask(path: string, body: unknown, method = 'POST'): Promise<Got> {
  const session = randomUUID();
  const response = await fetch(app.proxyUrl + path, {
    method,
    redirect: 'manual',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text().catch((error: unknown) => String(error));
  return { status: response.status, body: text, record: await app.recordOf(session) };
}

const CHAT = '/openai/v1/chat/completions';
const chat = (model: string, more: object = {}) => ({
  model,
  stream: true,
  messages: [{ role: 'user', content: 'Name a lake in Peru.' }],
  ...more,
});
const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const said = event({ model: 'gpt-4o-mini', choices: [{ delta: { content: 'Lake Titicaca' } }] });
const stopped = event({ model: 'gpt-4o-mini', choices: [{ delta: {}, finish_reason: 'stop' }] });
const told = event({
  model: 'gpt-4o-mini',
  choices: [],
  usage: { prompt_tokens: 14, completion_tokens: 6 },
});
const DONE = 'data: [DONE]\n\n';

/** Knows no `stream_options`, and tells its usage all the same. */
function refusing({ body }: Asked, response: Parameters<typeof sendJson>[0]): void {
  if (body.includes('stream_options'))
    sendJson(response, { error: { message: "Unknown parameter: 'stream_options'." } }, 400);
  else sendEvents(response, said + stopped + told + DONE);
}

test('a server that refuses stream_options is asked as the client wrote it, and remembered', async () => {
  upstream.script = refusing;
  upstream.asked.length = 0;
  const first = await ask(CHAT, chat('refusing'));
  assert.deepEqual(
    [first.status, first.record.outcome, first.record.usageSource],
    [200, 'completed', 'provider'],
  );
  assert.equal(first.body, said + stopped + told + DONE, 'it would have got the chunk anyway');
  assert.deepEqual(
    upstream.asked.map(({ body }) => body.includes('stream_options')),
    [true, false],
  );
  assert.equal(upstream.asked[1]?.body, JSON.stringify(chat('refusing')));
  await ask(CHAT, chat('refusing'));
  assert.equal(upstream.asked.length, 3);
  // It answers a client's own question now: it is asked again.
  upstream.script = (_asked, response) => sendEvents(response, said + stopped + told + DONE);
  await ask(CHAT, chat('refusing', { stream_options: { include_usage: true } }));
  const last = await ask(CHAT, chat('refusing'));
  assert.equal(last.body, said + stopped + DONE);
});

test('a refusal of stream_options that is compressed is read, and one that cannot be read is not the client’s', async () => {
  const error = Buffer.from(JSON.stringify({ error: { message: "Unknown parameter: 'stream_options'." } }));
  for (const [coding, bytes] of [
    ['gzip', gzipSync(error)],
    ['br', brotliCompressSync(error)],
    ['unheard-of', error],
  ] as const) {
    upstream.script = ({ body }, response) => {
      if (!body.includes('stream_options')) sendEvents(response, said + stopped + DONE);
      else response.writeHead(400, { 'content-encoding': coding }).end(bytes);
    };
    assert.equal((await ask(CHAT, chat(`refuses in ${coding}`))).status, 200, coding);
  }
});

test('a prompt of token numbers is estimated by their number, in small and large bodies', async () => {
  const answer = { model: 'gpt-3.5-turbo-instruct', choices: [{ text: '', finish_reason: 'stop' }] };
  upstream.script = (_asked, response) => sendJson(response, answer);
  for (const size of [30, 45_000]) {
    const prompt = Array.from({ length: size }, (_, index) => 10_000 + index);
    const { record } = await ask('/openai/v1/completions', { model: 'gpt-3.5-turbo-instruct', prompt });
    assert.deepEqual([record.usage.inputTokens, record.usageSource], [size, 'estimate'], String(size));
  }
});

test('a server that fails over stream_options is asked as the client wrote it, and another fault is the client’s', async () => {
  for (const [index, message] of [
    "Completions.create() got an unexpected keyword argument 'stream_options'",
    'streamOptions is not supported',
  ].entries()) {
    upstream.script = ({ body }, response) => {
      if (body.includes('stream_options')) sendJson(response, { error: { message } }, 500);
      else sendEvents(response, said + stopped + DONE);
    };
    assert.equal((await ask(CHAT, chat(`fails ${index}`))).status, 200, message);
  }
  upstream.asked.length = 0;
  upstream.script = (_asked, response) => sendJson(response, { error: { message: 'out of memory' } }, 500);
  assert.equal((await ask(CHAT, chat('faulty'))).status, 500);
  assert.equal(upstream.asked.length, 1);
});

test('a refusal for another reason, or of what the client itself asked, is the client’s', async () => {
  const error = { error: { message: 'max_tokens is too large' } };
  upstream.script = (_asked, response) => sendJson(response, error, 400);
  const other = await ask(CHAT, chat('strict'));
  assert.deepEqual([other.status, other.body, other.record.costNanoUsd], [400, JSON.stringify(error), 0]);
  upstream.script = refusing;
  const own = await ask(CHAT, chat('strict', { stream_options: { include_usage: true } }));
  assert.deepEqual([own.status, own.record.outcome], [400, 'upstream_error']);
});

test('usage is not taken from a client that asked for it in OpenRouter’s way', async () => {
  upstream.script = (_asked, response) => sendEvents(response, said + stopped + told + DONE);
  const { body, record } = await ask(CHAT, chat('gpt-4o-mini', { usage: { include: true } }));
  assert.equal(body, said + stopped + told + DONE);
  assert.equal(record.usage.inputTokens, 14);
});

test('the usage chunk is taken out of a stream by whatever name it goes', async () => {
  for (const type of ['text/event-stream', 'text/plain', 'application/json', 'application/octet-stream']) {
    upstream.script = (_asked, response) => sendEvents(response, said + stopped + told + DONE, type);
    const session = randomUUID();
    const response = await fetch(app.proxyUrl + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
      body: JSON.stringify(chat('gpt-4o-mini')),
    });
    const body = await response.text();
    const { usage } = await app.recordOf(session);
    assert.equal(usage.inputTokens, 14, type);
    // With a length the head has promised every byte.
    if (type === 'text/event-stream') assert.equal(body, said + stopped + DONE, type);
  }
});

test('a stream that ends without its last event is cut short, and what it wrote is estimated', async () => {
  upstream.script = (_asked, response) => sendEvents(response, said);
  const { record } = await ask(CHAT, chat('gpt-4o-mini', { stream_options: { include_usage: true } }));
  assert.deepEqual([record.outcome, record.usageSource], ['truncated', 'estimate']);
  assert.ok(record.usage.outputTokens > 0 && (record.costNanoUsd ?? 0) > 0);
});

test('an error inside a 200 before any output costs nothing, and one after it what it wrote', async () => {
  const error = event({ error: { code: 503, message: 'full' } });
  upstream.script = (_asked, response) => sendEvents(response, error);
  const none = await ask(CHAT, chat('gpt-4o-mini'));
  assert.deepEqual([none.record.outcome, none.record.costNanoUsd], ['upstream_error', 0]);
  upstream.script = (_asked, response) => sendEvents(response, said + error);
  const some = await ask(CHAT, chat('gpt-4o-mini'));
  assert.deepEqual([some.record.outcome, some.record.usageSource], ['upstream_error', 'estimate']);
  assert.ok((some.record.costNanoUsd ?? 0) > 0);
});

test('an error that Groq tells beside its usage ends the stream as one', async () => {
  const stopped = event({ choices: [{ index: 0, delta: {} }], x_groq: { id: 'r', error: 'over capacity' } });
  upstream.script = (_asked, response) => sendEvents(response, stopped);
  const none = await ask(CHAT, chat('gpt-4o-mini'));
  assert.deepEqual([none.record.outcome, none.record.costNanoUsd], ['upstream_error', 0]);
  upstream.script = (_asked, response) => sendEvents(response, said + stopped);
  const some = await ask(CHAT, chat('gpt-4o-mini'));
  assert.deepEqual([some.record.outcome, some.record.usageSource], ['upstream_error', 'estimate']);
});

test('an answer that says by its last word that it failed is none, though it names no error', async () => {
  const ends = (finish_reason: string) =>
    `${event({ choices: [{ index: 0, delta: {}, finish_reason }] })}data: [DONE]\n\n`;
  for (const finish of ['error', 'network_error', 'abort']) {
    upstream.script = (_asked, response) => sendEvents(response, ends(finish));
    const { record } = await ask(CHAT, chat('gpt-4o-mini'));
    assert.deepEqual([record.outcome, record.errorCode, record.costNanoUsd], ['upstream_error', finish, 0]);
  }
  upstream.script = (_asked, response) => sendEvents(response, said + ends('network_error'));
  const some = await ask(CHAT, chat('gpt-4o-mini'));
  assert.deepEqual([some.record.outcome, some.record.usageSource], ['upstream_error', 'estimate']);

  const failed = { object: 'response', id: 'resp_f', status: 'failed', error: null, output: [], usage: null };
  upstream.script = (_asked, response) =>
    sendEvents(response, event({ type: 'response.failed', response: failed }));
  const { record } = await ask('/openai/v1/responses', { model: 'gpt-5', input: 'x', stream: true });
  assert.deepEqual([record.outcome, record.errorCode, record.costNanoUsd], ['upstream_error', 'failed', 0]);
});

test('what a reseller states is the cost, and ours stands beside it', async () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, cost: 0.0005, is_byok: false };
  upstream.script = (_asked, response) =>
    sendJson(response, {
      model: 'gpt-4o-mini',
      choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
      usage,
    });
  const { record } = await ask(CHAT, { ...chat('gpt-4o-mini'), stream: false });
  assert.deepEqual(
    [record.costNanoUsd, record.reportedCostNanoUsd, record.listCostNanoUsd, record.priceSource],
    [500_000, 500_000, 210_000, 'stated'],
  );
});

test('a provider’s own figure stands in where our list knows none, a zero does not', async () => {
  const answer = (cost: number) => ({
    model: 'nobody-knows-it',
    choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 1, cost },
  });
  upstream.script = (_asked, response) => sendJson(response, answer(0.002));
  assert.equal(
    (await ask(CHAT, { ...chat('nobody-knows-it'), stream: false })).record.costNanoUsd,
    2_000_000,
  );
  upstream.script = (_asked, response) => sendJson(response, answer(0));
  assert.equal((await ask(CHAT, { ...chat('nobody-knows-it'), stream: false })).record.costNanoUsd, null);
});

test('an answer with words and without figures is never free', async () => {
  for (const usage of [{}, { prompt_tokens: 0, completion_tokens: 0 }, { prompt_tokens: -5 }, null, 'many']) {
    upstream.script = (_asked, response) =>
      sendJson(response, {
        model: 'gpt-4o-mini',
        choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
        usage,
      });
    const { record } = await ask(CHAT, { ...chat('gpt-4o-mini'), stream: false });
    assert.equal(record.usageSource, 'estimate', JSON.stringify(usage));
    assert.ok((record.costNanoUsd ?? 0) > 0, JSON.stringify(usage));
  }
});

const background = (status: string, usage: unknown) => ({
  id: 'resp_bg',
  object: 'response',
  status,
  background: true,
  model: 'gpt-5-2025-08-07',
  output: [],
  usage,
});

test('a background response is charged once: not when made, not while it runs, not when fetched again', async () => {
  const usage = { input_tokens: 420, output_tokens: 3000 };
  const answers = [
    background('queued', null),
    background('in_progress', null),
    background('completed', usage),
    background('completed', usage),
  ];
  const costs: (number | null)[] = [];
  for (const [index, answer] of answers.entries()) {
    upstream.script = (_asked, response) => sendJson(response, answer);
    const request = { model: 'gpt-5', background: true, input: 'A long report.' };
    const { record } =
      index === 0
        ? await ask('/openai/v1/responses', request)
        : await ask('/openai/v1/responses/resp_bg', undefined, 'GET');
    costs.push(record.costNanoUsd);
  }
  assert.deepEqual(costs, [0, 0, 30_525_000, 0]);
});

test('a stored response that was not made in the background costs nothing where it is fetched', async () => {
  const usage = { input_tokens: 420, output_tokens: 3000 };
  for (const [isBackground, expected] of [
    [false, 0],
    [true, 30_525_000],
    [undefined, 30_525_000],
  ] as const) {
    const id = `resp_elsewhere_${String(isBackground)}`;
    const answer = { ...background('completed', usage), id, background: isBackground };
    upstream.script = (_asked, response) => sendJson(response, answer);
    const { record } = await ask(`/openai/v1/responses/${id}`, undefined, 'GET');
    assert.deepEqual([record.costNanoUsd, record.usage.outputTokens], [expected, expected === 0 ? 0 : 3000]);
  }
});

test('each response that is made is charged, whatever id its server gives it', async () => {
  const usage = { input_tokens: 420, output_tokens: 3000 };
  const answer = { ...background('completed', usage), id: 'resp_same', background: false };
  upstream.script = (_asked, response) => sendJson(response, answer);
  const request = { model: 'gpt-5', input: 'A long report.' };
  for (const expected of [30_525_000, 30_525_000])
    assert.equal((await ask('/openai/v1/responses', request)).record.costNanoUsd, expected);
  const again = await ask('/openai/v1/responses/resp_same', undefined, 'GET');
  assert.equal(again.record.costNanoUsd, 0);
});

const RESULTS = '/anthropic/v1/messages/batches/msgbatch_own/results';
const line = (index: number): string =>
  `${JSON.stringify({
    custom_id: `q${index}`,
    result: {
      type: 'succeeded',
      message: {
        id: `msg_${index}`,
        model: 'claude-haiku-4-5',
        usage: { input_tokens: 1000, output_tokens: 200 },
      },
    },
  })}\n`;
/** Haiku at half its price: 1000 × $0.50 + 200 × $2.50 a million. */
const LINE_NANO_USD = 1_000_000;

test('batch results are charged by line: a download that broke off, the whole, and once more', async () => {
  const lines = Array.from({ length: 40 }, (_, index) => line(index));
  upstream.script = (_asked, response) => {
    response.writeHead(200, { 'content-type': 'application/x-jsonl' });
    response.write(lines.slice(0, 15).join(''), () => response.destroy());
  };
  const broken = await ask(RESULTS, undefined, 'GET');
  assert.equal(broken.record.costNanoUsd, 15 * LINE_NANO_USD);
  upstream.script = (_asked, response) =>
    response.writeHead(200, { 'content-type': 'application/x-jsonl' }).end(lines.join(''));
  const whole = await ask(RESULTS, undefined, 'GET');
  assert.equal(whole.record.costNanoUsd, 25 * LINE_NANO_USD);
  assert.equal(whole.record.usage.outputTokens, 25 * 200);
  const again = await ask(RESULTS, undefined, 'GET');
  assert.deepEqual([again.record.costNanoUsd, again.record.usage.outputTokens], [0, 0]);
});

test('what is no known endpoint costs an unknown amount, and reading is free', async () => {
  upstream.script = (_asked, response) => sendJson(response, { id: 'video_1', status: 'queued' });
  const made = await ask('/openai/v1/videos', { model: 'sora-2', prompt: 'waves' });
  assert.deepEqual(
    [made.record.endpoint, made.record.costNanoUsd, made.record.modelRequested],
    ['videos', null, 'sora-2'],
  );
  assert.equal((await ask('/openai/v1/brand/new', { model: 'x' })).record.costNanoUsd, null);
  assert.equal((await ask('/openai/v1/brand/new', undefined, 'GET')).record.costNanoUsd, 0);
  upstream.script = (_asked, response) => sendJson(response, { error: { code: 'no' } }, 404);
  assert.equal((await ask('/openai/v1/brand/new', { model: 'x' })).record.costNanoUsd, 0);
});

test('the model of a Bedrock or Gemini path is on the record', async () => {
  upstream.script = (_asked, response) =>
    sendJson(response, {
      type: 'message',
      model: 'claude-haiku-4-5',
      content: [{ type: 'text', text: 'Hi' }],
      usage: { input_tokens: 1000, output_tokens: 100 },
    });
  const invoke = (profile: string) =>
    ask(`/anthropic/model/${profile}.claude-haiku-4-5-20251001-v1%3A0/invoke`, {
      max_tokens: 9,
      messages: [],
    });
  const bedrock = await invoke('global.anthropic');
  assert.equal(bedrock.record.modelRequested, 'global.anthropic.claude-haiku-4-5-20251001-v1:0');
  assert.equal(bedrock.record.costNanoUsd, 1_500_000);
  // A region takes a tenth more, though the answer does not name it.
  const inEurope = await invoke('eu.anthropic');
  assert.deepEqual([inEurope.record.modelUsed, inEurope.record.costNanoUsd], ['claude-haiku-4-5', 1_650_000]);
});

test('each response over a WebSocket is counted, and an open one makes the cost unknown', async () => {
  const response = (id: string, status: string, usage: unknown) => ({
    id,
    object: 'response',
    status,
    model: 'gpt-5-2025-08-07',
    output: [],
    usage,
  });
  const sockets = new WebSocketServer({ server: upstream.server });
  sockets.on('connection', (socket) => {
    let turn = 0;
    socket.on('message', () => {
      turn += 1;
      const say = (data: object): void => socket.send(JSON.stringify(data));
      say({ type: 'response.created', response: response(`resp_w${turn}`, 'in_progress', null) });
      say({ type: 'response.output_text.delta', delta: 'x' });
      if (turn === 3) return;
      const usage = { input_tokens: 1000 * turn, output_tokens: 10 };
      say({ type: 'response.completed', response: response(`resp_w${turn}`, 'completed', usage) });
    });
  });
  for (const turns of [2, 3]) {
    const session = randomUUID();
    const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/responses`, {
      headers: { 'x-tokenwatch-session': session },
    });
    await once(socket, 'open');
    let left = turns === 2 ? turns * 3 : turns * 3 - 1;
    const all = new Promise<void>((resolve) => {
      socket.on('message', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    for (let turn = 0; turn < turns; turn += 1) socket.send('{"type":"response.create"}');
    await all;
    socket.close(1000);
    const record = await app.recordOf(session);
    assert.deepEqual([record.usage.inputTokens, record.usage.outputTokens], [3000, 20]);
    assert.equal(record.costNanoUsd, turns === 2 ? 3000 * 1250 + 20 * 10_000 : null);
  }
  sockets.close();
});

test('a loop with server tools above the long context is charged as long and in doubt, told run by run it is exact', async () => {
  const message = (usage: object) => ({
    id: 'msg_loop',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'x' }],
    stop_reason: 'end_turn',
    usage: { server_tool_use: { web_search_requests: 2 }, ...usage },
  });
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'x' }] };
  const record = async (usage: object) => {
    upstream.script = (_asked, response) => sendJson(response, message(usage));
    return (await ask('/anthropic/v1/messages', body)).record;
  };
  const sum = { input_tokens: 300_000, output_tokens: 100 };
  const [long, short] = [6, 3].map(
    (rate) => 300_000 * rate * 1000 + 100 * (rate === 6 ? 22_500 : 15_000) + 2e7,
  );
  const untold = await record(sum);
  assert.deepEqual([untold.costNanoUsd, untold.costDoubt], [long, 'long_context']);
  const half = { type: 'message', input_tokens: 150_000, output_tokens: 50 };
  const told = await record({ ...sum, iterations: [half, half] });
  assert.deepEqual([told.costNanoUsd, told.costDoubt], [short, null]);
  const below = await record({ input_tokens: 150_000, output_tokens: 100 });
  assert.equal(below.costDoubt, null);
});

test('a client that leaves a stream in the middle is told from a stream that was cut short', async () => {
  upstream.script = (_asked, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(said);
  };
  const session = randomUUID();
  const request = httpRequest(app.proxyUrl + CHAT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
  });
  request.end(JSON.stringify(chat('gpt-4o-mini')));
  const [response] = await once(request, 'response');
  await once(response, 'data');
  request.destroy();
  assert.equal((await app.recordOf(session)).outcome, 'client_gone');
});

const asked = (id: string, answer: object) => ({ batch_request_id: id, batch_result: { response: answer } });
const geminiAnswer = {
  candidates: [{ content: { parts: [{ text: 'Titicaca' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100, totalTokenCount: 1100 },
  modelVersion: 'gemini-2.5-flash',
};
const chatAnswer = (model: string) => ({
  model,
  choices: [{ message: { content: 'Titicaca' } }],
  usage: { prompt_tokens: 1000, completion_tokens: 100 },
});

test('batch results that come in a document or a file are charged where they are fetched, each line once', async () => {
  const inlined = ['a', 'b'].map((key) => ({ metadata: { key }, response: geminiAnswer }));
  const done = {
    name: 'batches/b1',
    done: true,
    response: { inlinedResponses: { inlinedResponses: inlined } },
  };
  upstream.script = (_asked, response) => sendJson(response, done);
  const first = await ask('/openai/v1beta/batches/b1', undefined, 'GET');
  // Half of 0.30 and 2.50 a million.
  assert.deepEqual([first.record.costNanoUsd, first.record.usage.inputTokens], [550_000, 2_000]);
  const again = await ask('/openai/v1beta/batches/b1', undefined, 'GET');
  assert.equal(again.record.costNanoUsd, 0);
  const file = inlined
    .map(({ metadata, response }) => JSON.stringify({ key: metadata.key, response }))
    .join('\n');
  upstream.script = (_asked, response) => sendEvents(response, `${file}\n`, 'application/octet-stream');
  const download = await ask(
    '/anthropic/download/v1beta/files/batch-b2:download?alt=media',
    undefined,
    'GET',
  );
  assert.equal(download.record.costNanoUsd, 550_000);
});

test('batch results whose price is not known cost an unknown amount', async () => {
  const results = ['r1', 'r2'].map((id) => asked(id, { chat_get_completion: chatAnswer('grok-4') }));
  upstream.script = (_asked, response) => sendJson(response, { results, pagination_token: null });
  const grok = await ask('/openai/v1/batches/batch_1/results?page_size=2', undefined, 'GET');
  assert.deepEqual([grok.record.costNanoUsd, grok.record.usage.outputTokens], [null, 200]);
  const outputs = [
    { custom_id: '1', response: { status_code: 200, body: chatAnswer('mistral-large-latest') } },
  ];
  upstream.script = (_asked, response) => sendJson(response, { id: 'j1', status: 'SUCCESS', outputs });
  const mistral = await ask('/openai/v1/batch/jobs/j1?inline=true', undefined, 'GET');
  assert.equal(mistral.record.costNanoUsd, null);
  upstream.script = (_asked, response) => sendJson(response, { id: 'j2', status: 'RUNNING', outputs: null });
  assert.equal((await ask('/openai/v1/batch/jobs/j2', undefined, 'GET')).record.costNanoUsd, 0);
  // OpenAI's own batch tells a sum, which its file of results tells line by line.
  const batch = { id: 'batch_2', object: 'batch', status: 'completed', usage: { input_tokens: 9 } };
  upstream.script = (_asked, response) => sendJson(response, batch);
  assert.equal((await ask('/openai/v1/batches/batch_2', undefined, 'GET')).record.costNanoUsd, 0);
});

test('an answer that sends its client elsewhere cost nothing, and one in UTF-16 tells its usage', async () => {
  upstream.script = (_asked, response) => response.writeHead(307, { location: '/v2/chat' }).end();
  const moved = await ask(CHAT, chat('gpt-4o-mini', { stream: false }));
  assert.deepEqual([moved.status, moved.record.costNanoUsd], [307, 0]);
  const wide = Buffer.from(`\ufeff${JSON.stringify(chatAnswer('gpt-4o-mini'))}`, 'utf16le');
  upstream.script = (_asked, response) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-16' }).end(wide);
  assert.equal((await ask(CHAT, chat('gpt-4o-mini', { stream: false }))).record.costNanoUsd, 210_000);
});

test('what a prompt of several megabytes used is estimated as that of a short one is, and one of less than that too', async () => {
  upstream.script = (_asked, response) => sendEvents(response, said + stopped + DONE);
  const counter = new TokenCounter();
  for (const count of [100_000, 15_000]) {
    const words = 'Name a lake in Peru. größe ☃ '.repeat(count);
    const messages = [{ role: 'user', content: words }];
    const { record } = await ask(CHAT, chat('gpt-4o-mini', { messages }));
    assert.deepEqual([record.outcome, record.usageSource], ['completed', 'estimate']);
    assert.equal(record.usage.inputTokens, await counter.count(words));
  }
  await counter.close();
});
