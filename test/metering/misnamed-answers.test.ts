// Answers that are called something else than they are: read by their bytes, or of unknown cost.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import type { RequestRecord } from '../../src/core/record.ts';
import { amazonEvent } from '../budgets/amazon-events.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { ScriptedUpstream } from './scripted-upstream.ts';

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

async function recordOf(
  path: string,
  body: object,
  type: string | null,
  answer: Buffer,
): Promise<RequestRecord> {
  upstream.script = (_asked, response) => {
    response.writeHead(200, type === null ? {} : { 'content-type': type });
    for (let at = 0; at < answer.length; at += 7) response.write(answer.subarray(at, at + 7));
    response.end();
  };
  const session = randomUUID();
  const response = await fetch(app.proxyUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body: JSON.stringify(body),
  });
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), answer);
  return app.recordOf(session);
}

const AMAZONS = 'application/vnd.amazon.eventstream';
const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CONVERSE = `/anthropic/model/${MODEL}/converse-stream`;
const INVOKE = `/openai/model/${MODEL}/invoke-with-response-stream`;
const asked = { messages: [{ role: 'user', content: [{ text: 'Name a lake in Peru.' }] }] };

const converse = Buffer.concat([
  amazonEvent({ ':event-type': 'contentBlockDelta' }, { delta: { text: 'Lake Titicaca' } }),
  amazonEvent({ ':event-type': 'messageStop' }, { stopReason: 'end_turn' }),
  amazonEvent({ ':event-type': 'metadata' }, { usage: { inputTokens: 1000, outputTokens: 200 } }),
]);
const EVENTS = [
  { type: 'message_start', message: { id: 'm', usage: { input_tokens: 1000, output_tokens: 1 } } },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Lake Titicaca' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 200 } },
  { type: 'message_stop' },
];
const invoked = Buffer.concat(
  EVENTS.map((event) => {
    const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
    return amazonEvent({ ':event-type': 'chunk' }, { bytes });
  }),
);
const events = Buffer.from(EVENTS.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
const whole = Buffer.from(
  JSON.stringify({
    output: { message: { role: 'assistant', content: [{ text: 'Lake Titicaca' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1000, outputTokens: 200 },
  }),
);

test('Amazon’s framing is known by its bytes, and what only is called so by what it is', async () => {
  for (const type of ['text/event-stream', 'application/octet-stream', 'application/json', null])
    for (const [path, answer] of [
      [CONVERSE, converse],
      [INVOKE, invoked],
    ] as const) {
      const { outcome, usage, usageSource } = await recordOf(path, asked, type, answer);
      const told = [outcome, usage.inputTokens, usage.outputTokens, usageSource];
      assert.deepEqual(told, ['completed', 1000, 200, 'provider'], `${path} as ${type}`);
    }
  for (const [path, answer] of [
    [INVOKE, events],
    [CONVERSE, whole],
  ] as const) {
    const { usage, usageSource } = await recordOf(path, asked, AMAZONS, answer);
    assert.deepEqual([usage.inputTokens, usage.outputTokens, usageSource], [1000, 200, 'provider'], path);
  }
});

test('an answer of which nothing can be read has cost an unknown amount', async () => {
  const chat = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Name a lake.' }] };
  const unread = Buffer.from('this is no stream of anybody’s, and has words in it\n'.repeat(9));
  const packed = brotliCompressSync(events);
  for (const [path, body, type, answer] of [
    [CONVERSE, asked, AMAZONS, unread],
    ['/openai/v1/chat/completions', chat, 'text/event-stream', packed],
    ['/openai/v1/chat/completions', chat, 'text/event-stream', unread],
    ['/anthropic/v1/messages', { ...chat, model: 'claude-sonnet-4-5' }, 'text/event-stream', packed],
  ] as const) {
    const record = await recordOf(path, body, type, answer);
    assert.equal(record.costNanoUsd, null, `${path} as ${type}`);
  }
});

test('a stream of signs of life alone is no unread one', async () => {
  const chat = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Name a lake.' }] };
  const alive = Buffer.from(': working\n\nevent: ping\nid: 1\nretry: 5\n\n');
  const { outcome, costNanoUsd } = await recordOf(
    '/openai/v1/chat/completions',
    chat,
    'text/event-stream',
    alive,
  );
  assert.equal(outcome, 'truncated');
  assert.ok((costNanoUsd ?? 0) > 0);
});

test('a ticket that is called a list of lines is no stream that broke off', async () => {
  const response = { id: 'resp_1', object: 'response', background: true, output: [], usage: null };
  const interaction = { id: 'i_1', object: 'interaction', model: 'gemini-3-pro' };
  for (const [path, answer] of [
    ['/openai/v1/responses', { ...response, status: 'queued', model: 'gpt-5' }],
    ['/openai/v1/responses', { ...response, status: 'in_progress', model: 'gpt-5' }],
    ['/openai/v1beta/interactions', { ...interaction, status: 'in_progress' }],
    ['/openai/v1/chat/completions', { task_id: '1', task_status: 'PROCESSING', model: 'glm-4.7' }],
  ] as const) {
    const body = { model: answer.model, input: 'Name a lake in Peru.', background: true };
    const line = Buffer.from(`${JSON.stringify(answer)}\n`);
    const { outcome } = await recordOf(path, body, 'application/x-ndjson', line);
    assert.equal(outcome, 'completed', JSON.stringify(answer));
  }
  // One that was told by an event, and goes on.
  const event = { type: 'response.in_progress', response: { ...response, status: 'in_progress' } };
  const body = { model: 'gpt-5', input: 'Name a lake in Peru.', background: true, stream: true };
  const stream = Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
  assert.equal(
    (await recordOf('/openai/v1/responses', body, 'text/event-stream', stream)).outcome,
    'truncated',
  );
});
