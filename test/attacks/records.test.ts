// What clients and upstreams say of themselves in a word may be megabytes: a record of it stays a record. Thousands of
// them lie in memory for the live feed, and all of them in the spool and the store.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { answerOf, type Listener, startListener } from './listener.ts';

const RECORD_CHARACTERS_MAX = 10_000;
const LONG = 'w'.repeat(200_000);
const OF_HEADERS = 'w'.repeat(12_000);

let first: Listener;
let second: Listener;
let app: TestApp;
before(async () => {
  [first, second] = await Promise.all([startListener(), startListener()]);
  app = await startTestApp({
    settings: {
      TOKENWATCH_OPENAI_URL: first.url,
      TOKENWATCH_ANTHROPIC_URL: first.url,
      TOKENWATCH_RETRY: '0',
    },
  });
});
after(async () => {
  await app?.close();
  await Promise.all([first?.close(), second?.close()]);
});

const chat = (more: object = {}, choice: object = {}) => ({
  ...{ id: 'x', object: 'chat.completion', model: 'gpt-4o' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop', ...choice }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  ...more,
});
const message = (usage: object) => ({
  ...{ id: 'x', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'hi' }],
  usage: { input_tokens: 10, output_tokens: 5, ...usage },
});

let asked = 0;
/** The record of a request that was answered so. */
async function recorded(
  answer: { readonly head?: string; readonly document: object },
  request: { readonly path?: string; readonly headers?: object; readonly body?: object } = {},
) {
  asked += 1;
  const session = `records-${asked}`;
  first.answer = answerOf(answer.head ?? '200 OK', JSON.stringify(answer.document));
  const response = await fetch(app.proxyUrl + (request.path ?? '/openai/v1/chat/completions'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...request.headers },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }], ...request.body }),
  });
  await response.arrayBuffer();
  return app.recordOf(session);
}

test('no word of a request or an answer, however long, makes a record long', async () => {
  const answers: Readonly<Record<string, Parameters<typeof recorded>>> = {
    path: [{ document: chat() }, { path: `/openai/${OF_HEADERS}/v1/chat/completions` }],
    'user agent': [{ document: chat() }, { headers: { 'user-agent': OF_HEADERS } }],
    model: [{ document: chat() }, { body: { model: LONG } }],
    id: [{ document: chat({ id: LONG }) }],
    'model that answered': [{ document: chat({ model: LONG }) }],
    reason: [{ document: chat({}, { finish_reason: LONG }) }],
    tier: [{ document: chat({ service_tier: LONG }) }],
    'id in a header': [{ head: `200 OK\r\nx-request-id: ${OF_HEADERS}`, document: chat() }],
    error: [{ head: '400 Bad', document: { error: { type: LONG, code: LONG, message: LONG } } }],
    'kind of a run': [
      {
        document: message({
          iterations: [1, 2].map((input_tokens) => ({
            ...{ type: LONG, model: LONG, input_tokens, output_tokens: 1 },
            ...{ service_tier: LONG, speed: LONG, inference_geo: LONG },
          })),
        }),
      },
      { path: '/anthropic/v1/messages', body: { model: 'claude-sonnet-4-5', max_tokens: 5 } },
    ],
  };
  for (const [what, [answer, request]] of Object.entries(answers)) {
    const record = await recorded(answer, request);
    const { length } = JSON.stringify(record);
    assert.ok(length < RECORD_CHARACTERS_MAX, `${what}: ${length} characters`);
  }
});

test('very many runs are not kept each: what they cost is not known then, and not free', async () => {
  const iterations = Array.from({ length: 50_000 }, (_, index) => ({
    ...{ type: 'message', model: `claude-${index}`, input_tokens: 1, output_tokens: 1 },
  }));
  const record = await recorded(
    { document: message({ iterations }) },
    { path: '/anthropic/v1/messages', body: { model: 'claude-sonnet-4-5', max_tokens: 5 } },
  );
  assert.equal(record.runs, null);
  assert.equal(record.costNanoUsd, null);
});

test('what each of several upstreams was asked for is as short', async () => {
  const added = await fetch(`${app.dashboardUrl}/api/upstreams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...app.adminHeaders },
    body: JSON.stringify({ name: 'second', api: 'openai', url: second.url }),
  });
  assert.equal(added.status, 200, await added.text());
  second.answer = answerOf('503 Down');
  const record = await recorded({ head: '503 Down', document: {} }, { body: { model: LONG } });
  assert.equal(record.attempts?.length, 2);
  assert.ok(JSON.stringify(record).length < RECORD_CHARACTERS_MAX);
});
