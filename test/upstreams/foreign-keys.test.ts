// Keys on their way to another provider than theirs: held back before anything leaves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const OPENAI_KEY = 'sk-proj-invented';
const ANTHROPIC_KEY = 'sk-ant-invented';
/** Nobody is asked: the tests have no network, and a request that left would fail otherwise. */
const ZAI = 'https://api.z.ai';
const CHAT: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'glm-4.7',
  messages: [{ role: 'user', content: 'x' }],
};

let app: TestApp;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: ZAI, TOKENWATCH_ANTHROPIC_URL: 'https://api.anthropic.com' },
  });
});
after(() => app.close());

const client = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${app.proxyUrl}/openai/v1`, maxRetries: 3 });

test('an OpenAI key is not sent to Z.ai: the client’s SDK raises its authentication error, once', async () => {
  const headers = { 'x-tokenwatch-session': 'held-back' };
  await assert.rejects(client(OPENAI_KEY).chat.completions.create(CHAT, { headers }), (error) => {
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'foreign_key');
    assert.match(
      error.message,
      /form of OpenAI's \(sk-proj-…\).*Z\.ai \(https:\/\/api\.z\.ai\)\. Nothing was sent/,
    );
    assert.match(
      error.message,
      /TOKENWATCH_OPENAI_URL=https:\/\/api\.openai\.com.*TOKENWATCH_FOREIGN_KEYS=allow/,
    );
    assert.ok(!error.message.includes(OPENAI_KEY));
    return true;
  });
  // Of one request alone: it was not tried again.
  const { outcome, errorCode, costNanoUsd } = await app.recordOf('held-back');
  assert.deepEqual([outcome, errorCode, costNanoUsd], ['refused', 'foreign_key', 0]);
});

test('lists, files and WebSockets are held back as well', async () => {
  await assert.rejects(client(OPENAI_KEY).models.list(), OpenAI.AuthenticationError);
  const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=x`, {
    headers: { authorization: `Bearer ${OPENAI_KEY}` },
  });
  const refusal = await new Promise<Error>((resolve) => socket.on('error', resolve));
  assert.match(refusal.message, /401/);
});

test('an OpenAI key on its way to Anthropic is refused in Anthropic’s form', async () => {
  const anthropic = new Anthropic({
    apiKey: OPENAI_KEY,
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
  });
  const asked = anthropic.messages.create({
    model: 'm',
    max_tokens: 1,
    messages: [{ role: 'user', content: 'x' }],
  });
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof Anthropic.AuthenticationError);
    assert.match(error.message, /authentication_error.*point the client at \/openai/);
    return true;
  });
});

test('an upstream with a key of its own is asked in place of one that would get a foreign key', async (t) => {
  const settings = { TOKENWATCH_OPENAI_URL: ZAI };
  const other = await startTestApp({ settings, environment: { KEY: 'own' } });
  t.after(() => other.close());
  const mine = new OpenAI({ apiKey: ANTHROPIC_KEY, baseURL: `${other.proxyUrl}/openai/v1`, maxRetries: 0 });
  const before = mine.chat.completions.create(CHAT);
  await assert.rejects(before, /point the client at \/anthropic/);
  const upstream = { name: 'own', api: 'openai', url: other.provider.url, keyEnv: 'KEY', priority: 200 };
  const set = await fetch(`${other.dashboardUrl}/api/upstreams`, {
    method: 'POST',
    headers: other.adminHeaders,
    body: JSON.stringify(upstream),
  });
  assert.equal(set.status, 200, await set.text());
  const { choices } = await mine.chat.completions.create({ ...CHAT, model: 'gpt-4o-mini' });
  assert.equal(choices.length, 1);
});

test('what was confirmed passes, and so does every key to an address that nobody knows', async (t) => {
  const confirmed = await startTestApp({
    settings: {
      // Nobody answers at that port.
      TOKENWATCH_OPENAI_URL: `${ZAI}:1`,
      TOKENWATCH_CONNECT_TIMEOUT: '200ms',
      TOKENWATCH_FOREIGN_KEYS: 'allow',
    },
  });
  t.after(() => confirmed.close());
  const ask = (url: string): Promise<Response> =>
    fetch(`${url}/openai/v1/models`, { headers: { authorization: `Bearer ${OPENAI_KEY}` } });
  assert.notEqual((await ask(confirmed.proxyUrl)).status, 401);
  const plain = await startTestApp({});
  t.after(() => plain.close());
  assert.notEqual((await ask(plain.proxyUrl)).status, 401);
});
