// Access keys by the clients that people have: each SDK puts the key where it puts keys, waits as it is told, and hears
// of a revocation, whichever way that came.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText } from 'ai';
import OpenAI, { AzureOpenAI } from 'openai';
import { commandVisitor } from '../src/access/login/role.ts';
import { askStore } from '../src/local-api.ts';
import { readSettings } from '../src/settings.ts';
import { startHoldingUpstream } from './budgets/holding-upstream.ts';
import { runCommand } from './run-command.ts';
import { assertSoonest } from './soonest.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const PROVIDERS_KEY = 'the-key-of-the-provider';
let app: TestApp;
before(async () => {
  app = await startTestApp({ environment: { PROVIDER_KEY: PROVIDERS_KEY } });
  for (const api of ['openai', 'anthropic'])
    await cli('upstream add', [
      `own-${api}`,
      '--api',
      api,
      '--url',
      app.provider.url,
      '--key-env',
      'PROVIDER_KEY',
    ]);
});
after(() => app?.close());

async function cli(name: string, words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runCommand(name, words, { TOKENWATCH_DATA_DIR: app.dataDir });
  assert.equal(stderr, '', name);
  return stdout;
}

async function newKey(name: string, ...words: string[]): Promise<string> {
  const { key } = JSON.parse(await cli('key create', [name, ...words, '--json'])) as { key: string };
  return key;
}

const question = { role: 'user', content: 'Hello' } as const;

function openai(apiKey: string, maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${app.proxyUrl}/openai/v1`, maxRetries });
}

function anthropic(credentials: { apiKey: string | null; authToken?: string }): Anthropic {
  return new Anthropic({ ...credentials, baseURL: `${app.proxyUrl}/anthropic`, maxRetries: 0 });
}

const chat = (client: OpenAI, content = 'Hello') =>
  client.chat.completions.create({
    model: 'gpt-4o-mini',
    max_tokens: 1,
    messages: [{ role: 'user', content }],
  });
const message = (client: Anthropic) =>
  client.messages.create({ model: 'claude-haiku-4-5', max_tokens: 5, messages: [question] });

/** The simulated provider has no such deployment: what it was asked with is what counts. */
async function azure(apiKey: string): Promise<void> {
  const baseURL = `${app.proxyUrl}/openai/v1`;
  await chat(new AzureOpenAI({ apiKey, apiVersion: '2025-04-01-preview', baseURL, maxRetries: 0 })).catch(
    (error: { status?: number }) => {
      if (error.status !== 404) throw error;
    },
  );
}

/** Each with the header in which it puts its key. */
const CLIENTS: readonly (readonly [string, string, (key: string) => Promise<unknown>])[] = [
  ['OpenAI', 'authorization', (key) => chat(openai(key))],
  ['OpenAI for Azure', 'api-key', (key) => azure(key)],
  ['Anthropic', 'x-api-key', (apiKey) => message(anthropic({ apiKey }))],
  ['Anthropic by a token', 'authorization', (authToken) => message(anthropic({ apiKey: null, authToken }))],
  [
    'Vercel’s for OpenAI',
    'authorization',
    (apiKey) =>
      generateText({
        model: createOpenAI({ apiKey, baseURL: `${app.proxyUrl}/openai/v1` }).chat('gpt-4o-mini'),
        prompt: 'Hello',
        maxRetries: 0,
      }),
  ],
  [
    'Vercel’s for Anthropic',
    'x-api-key',
    (apiKey) =>
      generateText({
        model: createAnthropic({ apiKey, baseURL: `${app.proxyUrl}/anthropic/v1` })('claude-haiku-4-5'),
        prompt: 'Hello',
        maxRetries: 0,
      }),
  ],
];

test('each SDK’s key is taken where it puts it, stripped, and replaced by the upstream’s own', async () => {
  const key = await newKey('everywhere');
  for (const [name, , call] of CLIENTS) {
    const before = app.provider.requests.length;
    await call(key);
    const [sent, ...more] = app.provider.requests.slice(before);
    assert.ok(sent !== undefined && more.length === 0, name);
    const text = JSON.stringify(sent);
    assert.ok(!text.includes(key), `${name}: the key left`);
    assert.ok(text.includes(PROVIDERS_KEY), `${name}: the upstream's own was put in`);
  }
});

test('a key that is revoked is refused at once by the same server, whoever asks with it', async () => {
  const key = await newKey('short-lived');
  for (const [, , call] of CLIENTS.slice(0, 3)) await call(key);
  await cli('key revoke', ['short-lived']);
  const before = app.provider.requests.length;
  for (const [name, , call] of CLIENTS) {
    const error = await call(key).then(
      () => assert.fail(`${name} was answered`),
      (cause: unknown) => cause as { status?: number; statusCode?: number; message: string },
    );
    assert.equal(error.status ?? error.statusCode, 401, `${name}: ${error.message}`);
    assert.match(error.message, /short-lived\\?" was revoked/);
  }
  assert.equal(app.provider.requests.length, before, 'nothing was sent');
});

test('one that is revoked in the store, by another process, is refused within two seconds', async () => {
  const settings = readSettings({ TOKENWATCH_DATA_DIR: app.dataDir });
  await assertSoonest(2000, async (number) => {
    const name = `elsewhere-${number}`;
    const key = await newKey(name);
    await chat(openai(key));
    await askStore(settings, commandVisitor('ada'), 'keyRevoke', { name });
    const revokedMs = performance.now();
    const isTaken = (): Promise<boolean> =>
      chat(openai(key)).then(
        () => true,
        (error: unknown) => {
          assert.equal((error as { status?: number }).status, 401);
          return false;
        },
      );
    while (await isTaken());
    return performance.now() - revokedMs;
  });
});

test('after a rotation the key of before holds for its grace alone', async () => {
  const first = await newKey('rotated');
  const { key: second } = JSON.parse(await cli('key rotate', ['rotated', '--grace', '1h', '--json'])) as {
    key: string;
  };
  await chat(openai(first));
  await chat(openai(second));
  const { key: third } = JSON.parse(await cli('key rotate', ['rotated', '--grace', '0', '--json'])) as {
    key: string;
  };
  for (const over of [first, second])
    await assert.rejects(chat(openai(over)), { status: 401, message: /was rotated/ });
  await chat(openai(third));
});

test('the wait that is told for tokens is exact, is corrected by what a request came to, and an SDK keeps to it', async () => {
  // A token takes 10 ms to flow in.
  const key = await newKey('by-tokens', '--tpm', '6000');
  const refused = async (): Promise<{ waitMs: number; fromMs: number; toMs: number }> => {
    const fromMs = performance.now();
    const error = await chat(openai(key)).then(
      () => assert.fail('it was let through'),
      (cause: unknown) => cause as { status: number; headers: Headers },
    );
    assert.equal(error.status, 429);
    const waitMs = Number(error.headers.get('retry-after-ms'));
    assert.equal(error.headers.get('retry-after'), String(Math.ceil(waitMs / 1000)));
    return { waitMs, fromMs, toMs: performance.now() };
  };
  const whole = await chat(openai(key), 'words '.repeat(4200));
  const first = await refused();
  const second = await refused();
  const passedMs = first.waitMs - second.waitMs;
  assert.ok(passedMs >= second.fromMs - first.toMs - 1, `${passedMs} ms are too few`);
  assert.ok(passedMs <= second.toMs - first.fromMs + 1, `${passedMs} ms are too many`);
  // What was estimated (a quarter of the bytes) is not what counts: what it came to does.
  const used = whole.usage?.total_tokens ?? 0;
  const mostMs = (used - 6000 + 100) * 10;
  assert.ok(first.waitMs <= Math.max(mostMs, 100 * 10), `${first.waitMs} ms for ${used} tokens`);
  if (second.waitMs > 10_000) return;
  const beganMs = performance.now();
  await chat(openai(key, 1));
  assert.ok(performance.now() - beganMs >= second.waitMs - (performance.now() - second.toMs) - 5);
});

test('requests at once are refused beyond the limit, in words, and let in again when one has ended', async (context) => {
  const upstream = await startHoldingUpstream(context);
  const words = ['held', '--api', 'openai', '--url', upstream.url, '--key-env', 'PROVIDER_KEY'];
  await cli('upstream add', [...words, '--for-models', 'held-*', '--priority', '1']);
  const key = await newKey('one-at-once', '--concurrency', '1');
  const standing = openai(key).chat.completions.create({ model: 'held-model', messages: [question] });
  const ended = standing.catch((error: unknown) => error);
  await upstream.arrived(1);
  await assert.rejects(chat(openai(key)), {
    status: 429,
    code: 'key_busy',
    message: /may have 1 request at once/,
  });
  upstream.held[0]?.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
  await ended;
  await chat(openai(key));
});
