// Whose key goes where: a client's stays with the origin that the settings name, an upstream's with the upstream.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { RecordedRequest, SimulatedProvider } from '../../src/simulator/provider.ts';
import { type Bench, CHAT, startBench } from './bench.ts';

const OWN_KEY = 'sk-own-7f3a9c';
const CLIENT_KEY = 'sk-client-51d2e8';
const CREDENTIALS = {
  authorization: `Bearer ${CLIENT_KEY}`,
  'x-api-key': CLIENT_KEY,
  'api-key': CLIENT_KEY,
  cookie: `session=${CLIENT_KEY}`,
  'x-goog-api-key': CLIENT_KEY,
  'x-amz-security-token': CLIENT_KEY,
  'x-custom-secret': CLIENT_KEY,
  'openai-organization': `org-${CLIENT_KEY}`,
};

let bench: Bench;
before(async () => {
  bench = await startBench({}, { OWN_KEY, EMPTY_KEY: ' ', BAD_KEY: 'two words' });
});
afterEach(async () => {
  const names = (await bench.rows()).filter(({ name }) => name !== 'default').map(({ name }) => name);
  await bench.remove(...names);
});
after(() => bench.close());

const textOf = ({ url, rawHeaders, body }: RecordedRequest): string =>
  `${url}\n${rawHeaders.join('\n')}\n${body.toString()}`;

/** Sends a chat with every kind of credential, and returns what arrived. */
async function sent(to: SimulatedProvider, query = ''): Promise<RecordedRequest> {
  const position = to.requests.length;
  const response = await fetch(`${bench.app.proxyUrl}/openai/v1/chat/completions${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify(CHAT),
  });
  await response.arrayBuffer();
  return to.arrival(position);
}

test('an upstream of another origin gets nothing of what looks like a credential', async () => {
  await bench.add('elsewhere');
  const arrived = await sent(
    bench.other,
    `?key=${CLIENT_KEY}&api_key=${CLIENT_KEY}&%61pi-key=${CLIENT_KEY}&keep=1`,
  );
  assert.ok(!textOf(arrived).includes(CLIENT_KEY), textOf(arrived));
  assert.equal(arrived.url, '/v1/chat/completions?keep=1');
  assert.equal(arrived.body.toString(), JSON.stringify(CHAT));
  assert.equal(arrived.headers['content-type'], 'application/json');
});

test("an upstream's own key goes to it, in the place of the client's, and nowhere else", async () => {
  await bench.add('own', { keyEnv: 'OWN_KEY', headers: { 'x-simulate': 'status=503', 'x-team': 'growth' } });
  const here = bench.standard.requests.length;
  const arrived = await sent(bench.other);
  assert.equal(arrived.headers.authorization, `Bearer ${OWN_KEY}`);
  assert.equal(arrived.headers['x-team'], 'growth');
  assert.ok(!textOf(arrived).includes(CLIENT_KEY));
  const fallback = await bench.standard.arrival(here);
  assert.equal(fallback.headers.authorization, `Bearer ${CLIENT_KEY}`);
  assert.equal(fallback.headers['x-team'], undefined);
  assert.ok(!textOf(fallback).includes(OWN_KEY));
});

test('the key header follows the API, or what was said', async () => {
  await bench.add('azure', { keyEnv: 'OWN_KEY', keyHeader: 'api-key' });
  const arrived = await sent(bench.other);
  assert.equal(arrived.headers['api-key'], OWN_KEY);
  assert.equal(arrived.headers.authorization, undefined);
  await bench.add('claude', { api: 'anthropic', keyEnv: 'OWN_KEY' });
  const position = bench.other.requests.length;
  const response = await fetch(`${bench.app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': CLIENT_KEY,
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 9, messages: CHAT.messages }),
  });
  assert.equal(response.status, 200);
  const there = await bench.other.arrival(position);
  assert.equal(there.headers['x-api-key'], OWN_KEY);
  assert.ok(!textOf(there).includes(CLIENT_KEY));
});

test('a client key goes to another origin where that was said', async () => {
  await bench.add('trusted', { sendsClientKey: true });
  const arrived = await sent(bench.other);
  assert.equal(arrived.headers.authorization, `Bearer ${CLIENT_KEY}`);
  assert.equal(arrived.headers.cookie, `session=${CLIENT_KEY}`);
});

test('a key file is read again when it changes', async () => {
  const file = join(bench.app.dataDir, 'key');
  writeFileSync(file, 'first-key\n');
  await bench.add('filed', { keyFile: file });
  assert.equal((await sent(bench.other)).headers.authorization, 'Bearer first-key');
  writeFileSync(file, 'second-key\n');
  const deadline = performance.now() + 60_000;
  while ((await sent(bench.other)).headers.authorization !== 'Bearer second-key') {
    assert.ok(performance.now() < deadline);
    await sleep(50);
  }
});

test('without a key that can be read the next one is asked, and the last says what is missing', async () => {
  await bench.add('keyless', { keyEnv: 'NO_SUCH_KEY' });
  const asked = await bench.chat();
  assert.equal(asked.response.status, 200);
  assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'default');
  assert.deepEqual((await asked.record()).attempts?.[0], {
    upstream: 'keyless',
    model: 'gpt-4o',
    outcome: 'no_key',
    status: null,
    ms: 0,
  });
  await bench.remove('keyless');
  for (const [variable, message] of [
    ['NO_SUCH_KEY', /NO_SUCH_KEY is not set where the server runs/],
    ['EMPTY_KEY', /EMPTY_KEY is not set/],
    ['BAD_KEY', /holds blanks or other characters/],
  ] as const) {
    await bench.add('keyless', { keyEnv: variable });
    await bench.pinned('keyless', async () => {
      const { response, text } = await bench.chat();
      assert.equal(response.status, 500);
      assert.equal(response.headers.get('x-tokenwatch-error'), 'upstream_key_missing');
      assert.match(text, message);
      assert.ok(!text.includes('two words'));
    });
    await bench.remove('keyless');
  }
});

test('no key is in what the API shows, in the data folder, or in a warning', async () => {
  await bench.add('own', { keyEnv: 'OWN_KEY' });
  await sent(bench.other);
  const rows = await bench.rows();
  assert.equal(rows.find(({ name }) => name === 'own')?.hasKey, true);
  assert.ok(!JSON.stringify(rows).includes(OWN_KEY));
  for (const file of globSync(`${bench.app.dataDir}/**/*`, { withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = readFileSync(join(file.parentPath, file.name));
    assert.ok(!bytes.includes(OWN_KEY) && !bytes.includes(CLIENT_KEY), file.name);
  }
  assert.ok(!bench.warnings.join('\n').includes(OWN_KEY));
});

test('what would store a key in clear is refused, without repeating it', async () => {
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ headers: { Authorization: `Bearer ${OWN_KEY}` } }, /carries a credential.*--key-env or --key-file/],
    [{ headers: { 'X-Api-Key': OWN_KEY } }, /carries a credential/],
    [{ url: `https://user:${OWN_KEY}@api.example.com` }, /without query or credentials/],
    [{ url: `https://api.example.com/v1?key=${OWN_KEY}` }, /without query or credentials/],
    [{ keyEnv: OWN_KEY }, /not the name of an environment variable/],
    [{ keyEnv: 'A', keyFile: '/b' }, /a key comes from one place/],
    [{ keyFile: 'relative/key' }, /not an absolute path/],
    [{ keyHeader: 'content-type' }, /not a header for keys/],
    [{ headers: { host: 'x' } }, /proxy's own to set/],
    [{ headers: { 'x-team': 'a\r\nb: c' } }, /not printable ASCII/],
    [{ api: 'grpc' }, /not one of anthropic, openai/],
    [{ weight: 0 }, /is not a whole number from 1 to 1000/],
    [{ wieght: 3 }, /no field .*wieght/],
  ];
  for (const [parts, message] of cases) {
    const response = await fetch(`${bench.app.dashboardUrl}/api/upstreams`, {
      method: 'POST',
      headers: bench.app.adminHeaders,
      body: JSON.stringify({ name: 'bad', api: 'openai', url: bench.other.url, ...parts }),
    });
    const text = await response.text();
    assert.equal(response.status, 400, JSON.stringify(parts));
    assert.match(text, message);
    assert.ok(!text.includes(OWN_KEY), text);
  }
});

test('where the port is open to others, the API takes a source of a key from admins alone', async () => {
  const open = await startBench({ TOKENWATCH_HOST: '0.0.0.0', TOKENWATCH_ACCESS: 'open' });
  const set = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`http://127.0.0.1:${new URL(open.app.dashboardUrl).port}/api/upstreams`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'x', api: 'openai', url: bench.other.url, keyEnv: 'OWN_KEY' }),
    });
  const refused = await set({});
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /tokenwatch open/);
  assert.equal((await set(open.app.adminHeaders)).status, 200);
  await open.close();
});

test('a WebSocket goes to the first candidate with its key, and without the one in its subprotocols', async () => {
  const upgrades: IncomingMessage[] = [];
  const server = createServer().on('upgrade', (request, socket) => {
    upgrades.push(request);
    socket.end('HTTP/1.1 503 Enough\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const map = { 'gpt-realtime': 'there/gpt-realtime' };
  await bench.add('realtime', { url: `http://127.0.0.1:${port}`, keyEnv: 'OWN_KEY', modelMap: map });
  const proxy = bench.app.proxyUrl.replace('http', 'ws');
  const socket = new WebSocket(`${proxy}/openai/v1/realtime?model=gpt-realtime`, [
    'realtime',
    `openai-insecure-api-key.${CLIENT_KEY}`,
  ]);
  await new Promise((resolve) => socket.on('error', resolve));
  // A model may be called as every object's own members are.
  const odd = new WebSocket(`${proxy}/openai/v1/realtime?model=constructor`, ['realtime']);
  await new Promise((resolve) => odd.on('error', resolve));
  server.close();
  assert.equal(upgrades[1]?.url, '/v1/realtime?model=constructor');
  const [upgrade] = upgrades;
  assert.equal(upgrade?.url, '/v1/realtime?model=there%2Fgpt-realtime');
  assert.equal(upgrade.headers['sec-websocket-protocol'], 'realtime');
  assert.equal(upgrade.headers.authorization, `Bearer ${OWN_KEY}`);
  assert.ok(!upgrade.rawHeaders.join('\n').includes(CLIENT_KEY));
});
