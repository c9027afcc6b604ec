// Budgets through the whole product: real requests, real SDKs, the real command line.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { WebSocket } from 'ws';
import { runWords } from '../run-command.ts';
import type { TestApp } from '../start-test-app.ts';
import { appWith, withBook } from './app-with-budgets.ts';
import { startHoldingUpstream } from './holding-upstream.ts';

const openaiOf = (app: TestApp, headers: Record<string, string> = {}): OpenAI =>
  new OpenAI({
    apiKey: 'test',
    baseURL: `${app.proxyUrl}/openai/v1`,
    maxRetries: 0,
    defaultHeaders: headers,
  });
const anthropicOf = (app: TestApp, headers: Record<string, string> = {}): Anthropic =>
  new Anthropic({
    apiKey: 'test',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: headers,
  });
const QUESTION = {
  model: 'claude-haiku-4-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

const answer = (inputTokens: number, outputTokens: number): string =>
  JSON.stringify({
    id: `msg_${randomUUID()}`,
    type: 'message',
    role: 'assistant',
    model: QUESTION.model,
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: inputTokens, output_tokens: outputTokens },
  });

const ask = (app: TestApp, session: string): Promise<Response> =>
  fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body: JSON.stringify(QUESTION),
  });

/** What one such request reserves: the exact worst cost, read from its record. Always the same. */
let reserved: Promise<number> | null = null;

function reservedByOne(context: TestContext): Promise<number> {
  reserved ??= (async () => {
    const app = await appWith(context, [{ limit: '1000' }]);
    await ask(app, 'one');
    const { reservedNanoUsd } = await app.recordOf('one');
    assert.ok(reservedNanoUsd !== null && reservedNanoUsd > 0);
    return reservedNanoUsd;
  })();
  return reserved;
}

test('of 200 concurrent requests, a limit that fits 10 lets exactly 10 through', {
  timeout: 60_000,
}, async (context) => {
  const each = await reservedByOne(context);
  const upstream = await startHoldingUpstream(context);
  const limit = ((each * 11 - 1) / 1e9).toFixed(9);
  const app = await appWith(context, [{ limit, name: 'ten' }], {
    settings: { TOKENWATCH_ANTHROPIC_URL: upstream.url, TOKENWATCH_BUDGET_WAIT: '0' },
  });
  let refused = 0;
  const responses = Array.from({ length: 200 }, async () => {
    const response = await ask(app, 'burst');
    if (response.status === 429) refused += 1;
    await response.arrayBuffer();
    if (response.status === 429 && refused === 190) {
      await upstream.arrived(10);
      for (const held of upstream.held) held.end(answer(10, 20));
    }
    return response;
  });
  const all = await Promise.all(responses);
  assert.equal(upstream.held.length, 10);
  assert.equal(all.filter((response) => response.status === 200).length, 10);
  for (const response of all.filter(({ status }) => status === 429)) {
    assert.equal(response.headers.get('x-tokenwatch-error'), 'budget_busy');
    assert.equal(response.headers.get('x-should-retry'), 'true');
    assert.equal(response.headers.get('x-tokenwatch-budget-name'), 'ten');
    assert.equal(response.headers.get('x-tokenwatch-budget-limit'), limit);
  }
  // What the ten did not use is free again.
  const again = ask(app, 'again');
  await upstream.arrived(11);
  upstream.held[10]?.end(answer(10, 20));
  assert.equal((await again).status, 200);
  const records = await app.recordsOf('burst', 200);
  const spent = records.reduce((sum, record) => sum + (record.costNanoUsd ?? Number.NaN), 0);
  const last = await app.recordOf('again');
  const { standings } = await withBook(app.dataDir, (book) => book.status());
  assert.equal(standings[0]?.spentNanoUsd, spent + (last.costNanoUsd ?? Number.NaN));
  assert.equal(standings[0]?.reservedNanoUsd, 0);
});

test('a request sees what the one before it came to, however soon it follows', async (context) => {
  const each = await reservedByOne(context);
  const upstream = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answer(1, 1));
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  context.after(() => upstream.close());
  // One fits at its worst, beside what twenty have really cost; two at their worst do not.
  const app = await appWith(context, [{ limit: ((each * 1.9) / 1e9).toFixed(9) }], {
    settings: {
      TOKENWATCH_ANTHROPIC_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    },
  });
  for (let count = 0; count < 20; count += 1) {
    const response = await ask(app, `after-${count}`);
    assert.equal(response.status, 200, await response.text());
  }
});

test('both SDKs see a rate limit error that they take as final', async (context) => {
  const app = await appWith(context, [{ limit: '0.000001', period: 'daily', name: 'tiny' }]);
  const refused = await anthropicOf(app)
    .messages.create(QUESTION)
    .catch((error: unknown) => error);
  assert.ok(refused instanceof Anthropic.RateLimitError, String(refused));
  assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_exceeded');
  assert.match(refused.message, /budget \\?"tiny\\?" allows/);
  assert.equal(refused.headers.get('retry-after'), null);
  assert.equal(refused.headers.get('x-should-retry'), 'false');
  assert.match(String(refused.headers.get('x-tokenwatch-budget-period-end')), /^2\d{3}-/);
  const chat = await openaiOf(app)
    .chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
    .catch((error: unknown) => error);
  assert.ok(chat instanceof OpenAI.RateLimitError, String(chat));
  assert.deepEqual([chat.code, chat.type], ['insufficient_quota', 'insufficient_quota']);
  assert.equal(app.provider.requests.length, 0, 'something left the proxy');
});

test('a budget past its threshold speaks in the headers of answers', async (context) => {
  const app = await appWith(context, [{ limit: '0.01', action: 'warn', thresholds: '1', name: 'watched' }]);
  const openai = openaiOf(app);
  const chat = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hi' }] };
  const first = await openai.chat.completions.create(chat).asResponse();
  assert.equal(first.headers.get('x-tokenwatch-budget-name'), null);
  await first.arrayBuffer();
  const second = await openai.chat.completions.create(chat).asResponse();
  assert.equal(second.headers.get('x-tokenwatch-budget-name'), 'watched');
  assert.equal(second.headers.get('x-tokenwatch-budget-limit'), '0.01');
  assert.ok(Number(second.headers.get('x-tokenwatch-budget-spent')) > 0);
});

test('an unknown price is refused, or passes with a header where that is chosen', async (context) => {
  const chat = { model: 'no-such-model-1', messages: [{ role: 'user' as const, content: 'Hi' }] };
  const lenient = await appWith(context, [{ limit: '1', unknown: 'allow' }]);
  const passed = await openaiOf(lenient).chat.completions.create(chat).asResponse();
  assert.equal(passed.headers.get('x-tokenwatch-budget-unpriced'), 'true');
  const strict = await appWith(context, [{ limit: '1' }]);
  const refused = await openaiOf(strict)
    .chat.completions.create(chat)
    .catch((error: unknown) => error);
  assert.ok(refused instanceof OpenAI.RateLimitError);
  assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_unknown_price');
  assert.equal(strict.provider.requests.length, 0);
});

test('budgets that are off let everything pass', async (context) => {
  const app = await appWith(context, [{ limit: '0.000000001' }], {
    settings: { TOKENWATCH_BUDGET_ENABLED: 'false' },
  });
  assert.equal((await ask(app, 'free')).status, 200);
});

test('a kill switch stops a stream in flight with an error that its SDK raises', async (context) => {
  const app = await appWith(context, []);
  const headers = { 'x-tokenwatch-session': 'killed', 'x-simulate': 'hang-after=6' };
  const stream = await anthropicOf(app, headers).messages.create({ ...QUESTION, stream: true });
  const events: string[] = [];
  const failure = await (async () => {
    for await (const event of stream) {
      events.push(event.type);
      if (events.length === 4) await withBook(app.dataDir, (book) => book.kill({}));
    }
    return null;
  })().catch((error: unknown) => error);
  assert.ok(failure instanceof Anthropic.APIError, String(failure));
  assert.match(failure.message, /TokenWatch has stopped all traffic/);
  const record = await app.recordOf('killed');
  assert.equal(record.outcome, 'cut');
  assert.equal(record.errorCode, 'budget_killed');
  assert.ok((record.costNanoUsd ?? 0) > 0, 'what was used up to then is not charged');

  const refused = await ask(app, 'after');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_killed');
  await withBook(app.dataDir, (book) => book.resume({}));
  const status = await eventually(async () => (await ask(app, randomUUID())).status, 200);
  assert.equal(status, 200);
});

test('a kill switch stops an answer that has not begun with a 429', async (context) => {
  const app = await appWith(context, []);
  const headers = { 'x-simulate': 'hang' };
  const asked = openaiOf(app, headers)
    .chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
    .catch((error: unknown) => error);
  const arrival = await app.provider.arrival(0);
  await withBook(app.dataDir, (book) => book.kill({ model: 'gpt-4*' }));
  const failure = await asked;
  assert.ok(failure instanceof OpenAI.RateLimitError, String(failure));
  assert.equal(failure.code, 'insufficient_quota');
  assert.equal(await arrival.closed, 'aborted');
});

test('a stream is cut when its running cost crosses a hard budget and that is chosen', async (context) => {
  const each = await reservedByOne(context);
  const upstream = await startHoldingUpstream(context);
  // The upstream says far more than max_tokens allows: only the running cost can show that.
  const app = await appWith(context, [{ limit: ((each * 2) / 1e9).toFixed(9) }], {
    settings: {
      TOKENWATCH_ANTHROPIC_URL: upstream.url,
      TOKENWATCH_BUDGET_CUT_STREAMS: 'true',
      TOKENWATCH_BUDGET_RESERVE: 'worst',
    },
  });
  const asking = anthropicOf(app, { 'x-tokenwatch-session': 'long' }).messages.create({
    ...QUESTION,
    stream: true,
  });
  await upstream.arrived(1);
  const response = upstream.held[0] as ServerResponse;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (data: { type: string }): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  event({ type: 'message_start', ...{ message: JSON.parse(answer(10, 1)) } } as { type: string });
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as {
    type: string;
  });
  const closed = once(response, 'close');
  const talk = (async () => {
    while (!response.destroyed) {
      const delta = { type: 'text_delta', text: 'word '.repeat(200) };
      event({ type: 'content_block_delta', index: 0, delta } as { type: string });
      await sleep(0);
    }
  })();
  const failure = await asking
    .then(async (stream) => {
      for await (const _ of stream);
    })
    .catch((error: unknown) => error);
  assert.ok(failure instanceof Anthropic.APIError, String(failure));
  assert.match(failure.message, /budget .* allows/);
  await closed;
  await talk;
  assert.equal((await app.recordOf('long')).outcome, 'cut');
});

test('a budget set on the command line holds in a running server, and is shown and removed there', async (context) => {
  const app = await appWith(context, []);
  assert.equal((await ask(app, 'before')).status, 200);
  const cli = (...words: string[]): Promise<string> =>
    runWords(['budget', ...words], { TOKENWATCH_DATA_DIR: app.dataDir });
  const said = await cli('set', '--limit', '0.0000001', '--period', 'total', '--name', 'cli');
  assert.match(said, /Budget "cli" \(\w+\) is set: \$0\.0000001 total for all traffic, action block\./);
  const refused = await eventually(async () => (await ask(app, randomUUID())).status, 429);
  assert.equal(refused, 429);
  const table = await cli('status');
  assert.match(table, /^BUDGET +SCOPE +PERIOD +ACTION +LIMIT +SPENT +RESERVED +LEFT$/m);
  for (const line of table.split('\n')) assert.ok(line.length <= 80, line);
  const json = JSON.parse(await cli('status', '--json')) as { budgets: { spentUsd: string }[] };
  const before = await app.recordOf('before');
  assert.ok(Number(json.budgets[0]?.spentUsd) * 1e9 >= (before.costNanoUsd ?? Number.NaN));
  await cli('remove', 'cli');
  assert.equal(await eventually(async () => (await ask(app, randomUUID())).status, 200), 200);
  await assert.rejects(cli('set', '--limit', 'much'), /limit "much" is not an amount of dollars/);
});

test('an OpenAI stream that is stopped ends with an error that its SDK raises', async (context) => {
  const app = await appWith(context, []);
  const headers = { 'x-tokenwatch-session': 'stopped', 'x-simulate': 'hang-after=5' };
  const stream = await openaiOf(app, headers).chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  });
  let chunks = 0;
  const failure = await (async () => {
    for await (const _ of stream) {
      chunks += 1;
      if (chunks === 3) await withBook(app.dataDir, (book) => book.kill({ model: 'gpt-4o' }));
    }
    return null;
  })().catch((error: unknown) => error);
  assert.ok(failure instanceof OpenAI.APIError, String(failure));
  assert.equal(failure.code, 'insufficient_quota');
  assert.equal((await app.recordOf('stopped')).outcome, 'cut');
});

test('a WebSocket session falls under budgets and kill switches', async (context) => {
  const app = await appWith(context, []);
  const url = `${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`;
  const socket = new WebSocket(url, { headers: { 'x-tokenwatch-session': 'socket' } });
  await once(socket, 'message');
  const closed = once(socket, 'close');
  await withBook(app.dataDir, (book) => book.kill({}));
  assert.deepEqual((await closed)[0], 1008);
  assert.equal((await app.recordOf('socket')).outcome, 'cut');
  const refused = new WebSocket(url);
  const [, response] = await once(refused, 'unexpected-response');
  assert.equal(response.statusCode, 429);
  assert.equal(response.headers['x-tokenwatch-error'], 'budget_killed');
  response.resume();
});

test('a threshold calls its webhook once, signed, however many requests cross it', async (context) => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const arrived = Promise.withResolvers<void>();
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push({ headers: request.headers, body });
    response.writeHead(204).end();
    arrived.resolve();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  context.after(() => receiver.close());
  const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const app = await appWith(context, [
    { limit: '0.0001', action: 'notify', webhookUrl, thresholds: '50', name: 'told' },
  ]);
  await Promise.all(Array.from({ length: 30 }, (_, index) => ask(app, `crossing-${index}`)));
  await arrived.promise;
  const { standings } = await withBook(app.dataDir, (book) => book.status());
  const message = received[0];
  assert.ok(message);
  const verified = new Webhook(standings[0]?.budget.webhookSecret ?? '').verify(
    message.body,
    message.headers as Record<string, string>,
  ) as { type: string; data: { budget_name: string; threshold_percent: number } };
  assert.equal(verified.type, 'budget.threshold_reached');
  assert.equal(verified.data.budget_name, 'told');
  assert.equal(verified.data.threshold_percent, 50);
  assert.equal((await ask(app, 'later')).status, 200);
  await app.recordOf('later');
  assert.equal(received.length, 1);
});

/** Asks until the answer is `wanted`, for ten times as long as it may take. */
async function eventually<T>(look: () => Promise<T>, wanted: T): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (seen === wanted || performance.now() > deadline) return seen;
    await sleep(20);
  }
}
