// Access keys through the whole product: wherever SDKs put them, in place of the upstream's, with limits and an end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { isWholeKey } from '../src/access/keys/key-text.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const PROVIDERS_KEY = 'the-key-of-the-provider';
const CHAT = { model: 'gpt-4o-mini', max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] };

let app: TestApp;

before(async () => {
  app = await startTestApp({ environment: { PROVIDER_KEY: PROVIDERS_KEY } });
});
after(() => app?.close());

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(app.dashboardUrl + path, {
    method,
    headers: app.adminHeaders,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const document = (await answer.json()) as T;
  assert.equal(answer.status, 200, JSON.stringify(document));
  return document;
}

let made = 0;
async function newKey(parts: object = {}): Promise<{ readonly name: string; readonly key: string }> {
  made += 1;
  const name = `key-${made}`;
  const { key } = await api<{ key: string }>('POST', '/api/keys', { name, ...parts });
  return { name, key };
}

async function chat(headers: Record<string, string>, parts: object = {}, query = ''): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...CHAT, ...parts }),
  });
  await response.clone().text();
  return response;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const codeOf = (response: Response): string | null => response.headers.get('x-tokenwatch-error');

test('a key is refused in words while no upstream has a key of its own, and nothing leaves', async () => {
  const { key } = await newKey();
  const before = app.provider.requests.length;
  const refused = await chat(bearer(key));
  assert.deepEqual([refused.status, codeOf(refused)], [403, 'key_without_upstream']);
  assert.match(await refused.text(), /--key-env/);
  assert.equal(app.provider.requests.length, before);
  for (const api_ of ['openai', 'anthropic'])
    await api('POST', '/api/upstreams', {
      name: `own-${api_}`,
      api: api_,
      url: app.provider.url,
      keyEnv: 'PROVIDER_KEY',
    });
});

test('it is taken wherever an SDK puts it, and the upstream gets its own', async () => {
  const { key, name } = await newKey({ app: 'billing', user: 'ada', tag: 'team=growth' });
  const places: readonly (readonly [Record<string, string>, string])[] = [
    [bearer(key), ''],
    [{ 'x-api-key': key }, ''],
    [{ 'api-key': key }, ''],
    [{ 'x-goog-api-key': key }, ''],
    [{ authorization: key }, ''],
    [{ authorization: `Token ${key}` }, ''],
    [{ authorization: `Basic ${btoa(`${key}:`)}` }, ''],
    [{ 'ocp-apim-subscription-key': key }, ''],
    // Of other APIs and other gateways: whatever is called like a credential.
    [{ 'xi-api-key': key }, ''],
    [{ 'x-litellm-api-key': `Bearer ${key}` }, ''],
    [{ 'x-auth-token': key, authorization: 'Bearer a-placeholder' }, ''],
    [{}, `?key=${key}`],
    // Azure's Realtime in a browser, and Gemini's Live API.
    [{}, `?api-key=${key}`],
    [{}, `?access_token=${key}`],
    [{}, `?x-api-key=${key}`],
  ];
  for (const [index, [headers, query]] of places.entries()) {
    const labels = {
      'x-tokenwatch-session': `place-${index}`,
      'x-tokenwatch-app': 'other',
      'x-tokenwatch-user': 'bob',
      'x-tokenwatch-tag': 'team=other,feature=x',
    };
    const response = await chat({ ...headers, ...labels }, {}, query);
    assert.equal(response.status, 200, `${index}: ${await response.clone().text()}`);
    const record = await app.recordOf(`place-${index}`);
    assert.deepEqual(
      [record.app, record.user, record.tag, record.accessKey],
      ['billing', 'ada', 'team=growth,feature=x', name],
    );
  }
  const sent = JSON.stringify(app.provider.requests);
  assert.ok(!sent.includes(key), 'the key left');
  assert.ok(sent.includes(`Bearer ${PROVIDERS_KEY}`));
});

test('a WebSocket brings it as a subprotocol', async () => {
  const { key } = await newKey();
  const socket = new WebSocket(`${app.proxyUrl}/openai/v1/realtime?model=gpt-realtime`, [
    'realtime',
    `openai-insecure-api-key.${key}`,
  ]);
  await once(socket, 'open');
  // Its revocation ends it.
  const closed = once(socket, 'close');
  await api('DELETE', `/api/keys/key-${made}`);
  await closed;
  assert.ok(!JSON.stringify(app.provider.requests).includes(key));
});

/** Looked for in the data folder once more. */
let misplaced = 'nothing yet, twelve letters';

test('a key that stands where it would leave is refused, and kept nowhere', async () => {
  const { key } = await newKey();
  misplaced = key;
  const before = app.provider.requests.length;
  const encoded = [...key].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join('');
  const labels = { 'x-tokenwatch-session': `session ${key}`, 'x-tokenwatch-tag': `team=${key}` };
  const given = bearer(key);
  for (const [headers, path] of [
    [{ ...given, 'x-custom': `a=${key};b` }, ''],
    [{ ...given, ...labels }, ''],
    [{ ...given, 'user-agent': `app/${key}` }, ''],
    [{ ...given, referer: `http://localhost/?k=${key}` }, ''],
    [{ ...given, [key]: 'x' }, ''],
    [given, `?note=${key}`],
    [given, `?note=${encoded}`],
    [given, `/${key}`],
    [given, `/${encoded}`],
    [{ 'x-tokenwatch-key': key, ...bearer(key) }, ''],
  ] as const) {
    const response = await chat(headers as Record<string, string>, {}, path);
    assert.deepEqual(
      [response.status, codeOf(response)],
      [400, 'bad_request'],
      JSON.stringify([headers, path]),
    );
    assert.ok(!(await response.text()).includes(key));
  }
  assert.equal(app.provider.requests.length, before);
  const { records } = await api<{ records: unknown }>('GET', '/api/requests?limit=20');
  assert.match(JSON.stringify(records), /tw_\w{8}…/);
  // Text that is like one is none.
  assert.equal((await chat({ ...bearer(key), 'x-custom': 'tw_other' })).status, 200);
});

test('mistyped, unknown, expired and revoked keys are refused with 401, and never sent on', async () => {
  const { key, name } = await newKey({ expires: '1h' });
  const before = app.provider.requests.length;
  const mistyped = await chat(bearer(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`));
  assert.deepEqual([mistyped.status, codeOf(mistyped)], [401, 'key_invalid']);
  assert.match(await mistyped.text(), /mistyped or cut off/);
  assert.equal((await chat(bearer(key))).status, 200);
  const rotated = await api<{ key: string }>('POST', `/api/keys/${name}`, { grace: '1h' });
  for (const each of [key, rotated.key]) assert.equal((await chat(bearer(each))).status, 200);
  const again = await api<{ key: string }>('POST', `/api/keys/${name}`, { grace: '0' });
  assert.match(await (await chat(bearer(key))).text(), /was rotated/);
  assert.match(await (await chat(bearer(rotated.key))).text(), /was rotated/);
  await api('DELETE', `/api/keys/${name}`);
  const revoked = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': again.key, 'content-type': 'application/json' },
    body: JSON.stringify({ ...CHAT, model: 'claude-haiku-4-5' }),
  });
  const { error } = (await revoked.json()) as { error: { type: string; message: string } };
  assert.deepEqual([revoked.status, error.type], [401, 'authentication_error']);
  assert.match(error.message, /was revoked/);
  assert.equal(app.provider.requests.length, before + 3);
});

test('models that a key is not for are refused, and so is what names none and may cost', async () => {
  const { key } = await newKey({ models: 'gpt-4o-mini,claude-*' });
  assert.equal((await chat(bearer(key))).status, 200);
  const refused = await chat(bearer(key), { model: 'gpt-4o' });
  assert.deepEqual([refused.status, codeOf(refused)], [403, 'key_model_refused']);
  assert.match(await refused.text(), /only for gpt-4o-mini, claude-\*/);
  assert.equal((await chat(bearer(key), { model: undefined })).status, 403);
  const beside = await chat(bearer(key), { models: ['gpt-4o-mini', 'gpt-4o'] });
  assert.deepEqual([beside.status, codeOf(beside)], [403, 'key_model_refused']);
  // A server may take the first of two.
  const before = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(key) },
    body: '{"model":"gpt-4o","messages":[],"model":"gpt-4o-mini"}',
  });
  assert.deepEqual([before.status, codeOf(before)], [403, 'key_model_refused']);
  const list = await fetch(`${app.proxyUrl}/openai/v1/models`, { headers: bearer(key) });
  assert.equal(list.status, 200);
});

test('requests and tokens a minute, and requests at once, are limited with the exact wait', async () => {
  const few = await newKey({ rpm: 2 });
  for (const status of [200, 200]) assert.equal((await chat(bearer(few.key))).status, status);
  const limited = await chat(bearer(few.key));
  assert.deepEqual([limited.status, codeOf(limited)], [429, 'key_rate_limited']);
  const waitMs = Number(limited.headers.get('retry-after-ms'));
  assert.ok(waitMs > 20_000 && waitMs <= 30_000, String(waitMs));
  assert.equal(limited.headers.get('retry-after'), String(Math.ceil(waitMs / 1000)));
  assert.equal(limited.headers.get('x-ratelimit-limit-requests'), '2');
  const small = await newKey({ tpm: 60 });
  assert.equal((await chat(bearer(small.key))).status, 200);
  assert.equal(codeOf(await chat(bearer(small.key))), 'key_rate_limited');
  const one = await newKey({ concurrency: 1 });
  // Each is given back, however it ends.
  for (let count = 0; count < 3; count += 1) assert.equal((await chat(bearer(one.key))).status, 200);
  assert.equal((await chat(bearer(one.key), { model: 'no-such-model' })).status >= 200, true);
  const leaving = new AbortController();
  const left = fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { ...bearer(one.key), 'content-type': 'application/json' },
    body: JSON.stringify({ ...CHAT, stream: true }),
    signal: leaving.signal,
  }).catch(() => null);
  leaving.abort();
  await left;
  for (let tries = 0; ; tries += 1) {
    const { status } = await chat(bearer(one.key));
    if (status === 200) break;
    assert.ok(tries < 100, 'what was left is given back');
    await sleep(20);
  }
});

test('a key of ours may come beside the client’s own credentials, which then go on', async () => {
  const { key, name } = await newKey({ app: 'agent' });
  const headers = { 'x-tokenwatch-key': key, authorization: 'Bearer my-own' };
  await api('DELETE', '/api/upstreams/own-openai');
  assert.equal((await chat({ ...headers, 'x-tokenwatch-session': 'beside' })).status, 200);
  const record = await app.recordOf('beside');
  assert.deepEqual([record.app, record.accessKey], ['agent', name]);
  const sent = app.provider.requests.at(-1);
  assert.ok(JSON.stringify(sent).includes('Bearer my-own') && !JSON.stringify(sent).includes(key));
});

test('the key is nowhere in the data folder, and what is shown does not open anything', async () => {
  const { key, name } = await newKey();
  assert.ok(isWholeKey(key));
  await chat(bearer(key));
  const { keys } = await api<{ keys: { name: string }[] }>('GET', '/api/keys');
  assert.ok(keys.some((each) => each.name === name));
  assert.ok(!JSON.stringify(keys).includes(key.slice(12)));
  for (const file of readdirSync(app.dataDir, { recursive: true }) as string[]) {
    const path = join(app.dataDir, file);
    if (statSync(path).isFile())
      assert.ok(![key, misplaced].some((each) => readFileSync(path).includes(each.slice(12))), file);
  }
  assert.equal(statSync(join(app.dataDir, 'key-pepper')).mode & 0o077, 0);
});

test('where other machines are let in, it does not start without a key, and names the ways out', async () => {
  await assert.rejects(startTestApp({ settings: { TOKENWATCH_HOST: '0.0.0.0' } }), {
    code: 'invalid_setting',
    message: /tokenwatch key create NAME.*TOKENWATCH_ACCESS=open/s,
  });
});

test('a budget and a kill switch for a key that there is not are set, and say that they match nothing', async () => {
  const { name } = await newKey();
  for (const [place, parts] of [
    ['/api/budgets', { limit: '1' }],
    ['/api/kills', {}],
  ] as const) {
    const set = (key: string) => api<{ warning: string | null }>('POST', place, { ...parts, key });
    const { warning } = await set('nosuch');
    assert.match(String(warning), /^No access key in use is named "nosuch": .*There are: .*"key-/);
    assert.equal((await set(name)).warning, null);
  }
});
