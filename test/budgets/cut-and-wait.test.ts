// A hard budget in use: streams that begin with little and are ended in time, and requests that wait for others to end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientRequest,
  get,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { BudgetRequest } from '../../src/ledger/book/budget-request.ts';
import type { TestApp } from '../start-test-app.ts';
import { appWith, withBook } from './app-with-budgets.ts';
import { startHoldingUpstream } from './holding-upstream.ts';

const NANO = 1e9;
/** What Claude Code asks of Opus first: it may cost $1.60 and costs some cents. */
const OPUS = {
  model: 'claude-opus-4-8',
  max_tokens: 64_000,
  messages: [{ role: 'user' as const, content: 'hello' }],
};
const OUTPUT_USD = 25 / 1e6;

async function start(
  context: TestContext,
  budgets: readonly BudgetRequest[],
  settings: Record<string, string> = {},
): Promise<{ app: TestApp; held: ServerResponse[]; arrived: (count: number) => Promise<void> }> {
  const { url, held, arrived } = await startHoldingUpstream(context);
  const app = await appWith(context, budgets, {
    settings: { TOKENWATCH_ANTHROPIC_URL: url, TOKENWATCH_OPENAI_URL: url, ...settings },
  });
  return { app, held, arrived };
}

const anthropicOf = (app: TestApp, session: string): Anthropic =>
  new Anthropic({
    apiKey: 'test',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session },
  });
const openaiOf = (app: TestApp, session: string): OpenAI =>
  new OpenAI({
    apiKey: 'test',
    baseURL: `${app.proxyUrl}/openai/v1`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session },
  });

function say(response: ServerResponse, data: Record<string, unknown>): void {
  response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
}

function beginMessage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const usage = { input_tokens: 10, output_tokens: 1 };
  say(response, { type: 'message_start', message: { id: 'msg_1', model: OPUS.model, content: [], usage } });
  say(response, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
}

function endMessage(response: ServerResponse, outputTokens: number): void {
  say(response, { type: 'content_block_stop', index: 0 });
  say(response, {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: outputTokens },
  });
  say(response, { type: 'message_stop' });
  response.end();
}

const words = (response: ServerResponse, count: number): void =>
  say(response, {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'word '.repeat(count) },
  });

test('the first hello to a dear model passes under a dollar, as often as it fits', async (context) => {
  const { app, held, arrived } = await start(context, [{ limit: '1', name: 'day' }]);
  for (let round = 1; round <= 6; round += 1) {
    const stream = anthropicOf(app, `hello ${round}`).messages.create({ ...OPUS, stream: true });
    await arrived(round);
    const response = held[round - 1] as ServerResponse;
    beginMessage(response);
    words(response, 500);
    endMessage(response, 5_600);
    const events: string[] = [];
    for await (const event of await stream) events.push(event.type);
    assert.equal(events.at(-1), 'message_stop');
    const record = await app.recordOf(`hello ${round}`);
    assert.equal(record.outcome, 'completed');
    assert.ok((record.reservedNanoUsd ?? 0) < 0.2 * NANO);
  }
});

test('a stream is ended in its own protocol before the budget is over, and charged for what it came to', async (context) => {
  const { app, held, arrived } = await start(context, [{ limit: '0.2', name: 'day' }]);
  const asked = anthropicOf(app, 'long').messages.create({ ...OPUS, stream: true });
  await arrived(1);
  const response = held[0] as ServerResponse;
  beginMessage(response);
  let said = 0;
  const talk = (async () => {
    while (!response.destroyed && said < 60_000) {
      words(response, 20);
      said += 20;
      await sleep(1);
    }
  })();
  let heard = 0;
  const failure = await (async () => {
    for await (const event of await asked) if (event.type === 'content_block_delta') heard += 20;
    return null;
  })().catch((error: unknown) => error);
  await talk;
  assert.ok(failure instanceof Anthropic.APIError, String(failure));
  assert.match(
    failure.message,
    /TokenWatch ended this answer.*billing_error|billing_error.*TokenWatch ended/s,
  );
  const record = await app.recordOf('long');
  assert.deepEqual([record.outcome, record.errorCode], ['cut', 'budget_exceeded']);
  const cost = record.costNanoUsd ?? Number.NaN;
  // Within the limit, and not under what was heard, for the upstream may go on for a moment; most of the money was used.
  assert.ok(
    cost <= 0.2 * NANO && cost >= heard * 0.5 * OUTPUT_USD * NANO && cost >= 0.1 * NANO,
    String(cost),
  );
  assert.ok(heard > 0);
  const { standings } = await withBook(app.dataDir, (book) => book.status());
  assert.equal(standings[0]?.spentNanoUsd, cost);
  assert.equal(standings[0]?.overrunNanoUsd, 0);
});

test('a Responses stream ends with the response that failed, for lack of money', async (context) => {
  const { app, held, arrived } = await start(context, [{ limit: '0.02', name: 'day' }]);
  const asked = openaiOf(app, 'r').responses.create({ model: 'gpt-4o', input: 'hello', stream: true });
  await arrived(1);
  const response = held[0] as ServerResponse;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const talk = (async () => {
    for (let said = 0; !response.destroyed && said < 30_000; said += 20) {
      say(response, { type: 'response.output_text.delta', item_id: 'm', delta: 'word '.repeat(20) });
      await sleep(1);
    }
  })();
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of await asked) events.push(event);
  await talk;
  const last = events.at(-1);
  assert.ok(last?.type === 'response.failed');
  assert.equal(last.response.error?.code, 'insufficient_quota');
  assert.equal((await app.recordOf('r')).outcome, 'cut');
});

const QUESTION = { model: 'gpt-4o', max_tokens: 1_000, messages: [{ role: 'user' as const, content: 'Hi' }] };
const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
});

/** Asks, and returns when the proxy has the question: a request on a connection that was opened later is answered. */
async function asked(app: TestApp, session: string): Promise<ClientRequest> {
  const url = `${app.proxyUrl}/openai/v1/chat/completions`;
  const headers = { 'content-type': 'application/json', 'x-tokenwatch-session': session };
  const request = httpRequest(url, { method: 'POST', headers, agent: false });
  request.on('error', () => {}).end(JSON.stringify(QUESTION));
  await once(request, 'finish');
  const [answer] = (await once(get(`${app.proxyUrl}/health`, { agent: false }), 'response')) as [
    IncomingMessage,
  ];
  answer.resume();
  return request;
}

test('requests that others stand in the way of wait for them, in order', async (context) => {
  // Room for one at a time, and for what three of them really cost.
  const { app, held, arrived } = await start(context, [{ limit: '0.0105', name: 'day' }]);
  const order: number[] = [];
  const answered: Promise<unknown>[] = [];
  for (let number = 1; number <= 3; number += 1) {
    const request = await asked(app, `q${number}`);
    request.on('response', (answer: IncomingMessage) => answer.resume());
    answered.push(once(request, 'response').then(() => order.push(number)));
    if (number === 1) await arrived(1);
  }
  for (let number = 1; number <= 3; number += 1) {
    await arrived(number);
    assert.equal(held.length, number);
    held[number - 1]?.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  }
  await Promise.all(answered);
  assert.deepEqual(order, [1, 2, 3]);
});

test('who waits too long is asked to try again soon, and who leaves is recorded as gone', async (context) => {
  const { app, held, arrived } = await start(context, [{ limit: '0.0105', name: 'day' }], {
    TOKENWATCH_BUDGET_WAIT: '100ms',
  });
  const first = openaiOf(app, 'first').chat.completions.create(QUESTION);
  await arrived(1);
  const refused = await openaiOf(app, 'late')
    .chat.completions.create(QUESTION)
    .catch((error: unknown) => error);
  assert.ok(refused instanceof OpenAI.RateLimitError, String(refused));
  assert.deepEqual(
    ['x-tokenwatch-error', 'x-should-retry', 'retry-after'].map((name) => refused.headers.get(name)),
    ['budget_busy', 'true', '5'],
  );
  assert.match(refused.message, /TokenWatch: .*fits once others have ended/);
  held[0]?.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  await first;
  assert.equal(held.length, 1);
});

test('a client that leaves while it waits leaves a record and no reservation', async (context) => {
  const { app, held, arrived } = await start(context, [{ limit: '0.0105', name: 'day' }]);
  const first = openaiOf(app, 'first').chat.completions.create(QUESTION);
  await arrived(1);
  (await asked(app, 'gone')).destroy();
  assert.equal((await app.recordOf('gone')).outcome, 'client_gone');
  held[0]?.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  await first;
  await app.recordOf('first');
  const { standings } = await withBook(app.dataDir, (book) => book.status());
  assert.equal(standings[0]?.reservedNanoUsd, 0);
  assert.equal(held.length, 1);
});
