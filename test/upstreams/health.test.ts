// The circuit breaker in a running proxy, by real traffic and by probes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamHealth } from '../../src/dashboard/contract.ts';
import { handClock } from '../hand-clock.ts';
import { type Bench, CHAT, startBench } from './bench.ts';

const WAIT_MS = 60_000;
/** Longer than a circuit stays open the first time. */
const FIRST_REST_MS = 2600;
const clock = handClock();
let bench: Bench;
let server: Server;
let url = '';
/** What the upstream answers: to chats by model, and to the question for its models. */
let chatStatus: Record<string, number> = {};
let modelsStatus = 200;
const seen = { chats: 0, probes: 0 };

before(async () => {
  bench = await startBench({ TOKENWATCH_HEALTH_PROBE: '50ms' }, { KEY: 'sk-1' }, clock);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.method === 'GET') {
      seen.probes += 1;
      response.writeHead(modelsStatus, { 'content-type': 'application/json' }).end('{"data":[]}');
      return;
    }
    seen.chats += 1;
    const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: string };
    const status = chatStatus[model] ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"object":"x"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  await bench.close();
  server.closeAllConnections();
  server.close();
});

async function healthOf(name: string): Promise<readonly UpstreamHealth[]> {
  return (await bench.rows()).find((row) => row.name === name)?.health ?? [];
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what} within ${WAIT_MS} ms`);
    await sleep(20);
  }
}

const answeredBy = async (model = CHAT.model): Promise<string | null> =>
  (await bench.chat({ body: { ...CHAT, model } })).response.headers.get('x-tokenwatch-upstream');

test('it opens for the model that fails, tries again by itself, and closes when it is well', async () => {
  modelsStatus = 503;
  chatStatus = { 'gpt-4o': 503 };
  await bench.add('shaky', { url, keyEnv: 'KEY' });
  for (let count = 0; count < 3; count += 1) assert.equal(await answeredBy(), 'default');
  const before = seen.chats;
  assert.equal(await answeredBy(), 'default');
  assert.equal(seen.chats, before, 'an open circuit is not asked while another upstream answers');
  assert.equal((await healthOf('shaky')).find(({ model }) => model === 'gpt-4o')?.state, 'open');
  assert.equal(await answeredBy('gpt-4o-mini'), 'shaky', 'another model is another circuit');

  // A failed trial is paid by no client: the next candidate answers.
  clock.pass(FIRST_REST_MS);
  const trials = seen.chats;
  assert.equal(await answeredBy(), 'default');
  assert.equal(seen.chats, trials + 1);
  chatStatus = {};
  assert.equal(await answeredBy(), 'default', 'a failed trial opens it again');
  clock.pass(2 * FIRST_REST_MS);
  assert.equal(await answeredBy(), 'shaky');
  const health = (await healthOf('shaky')).find(({ model }) => model === 'gpt-4o');
  assert.equal(health?.state, 'closed');
  assert.ok((health?.latencyMs ?? -1) >= 0);
  await bench.remove('shaky');
});

test('an answered probe lets the next request try at once; a failed one does not', async () => {
  modelsStatus = 503;
  chatStatus = { 'gpt-4o': 500 };
  await bench.add('probed', { url, keyEnv: 'KEY' });
  for (let count = 0; count < 3; count += 1) await answeredBy();
  const { probes } = seen;
  await until('probes', async () => seen.probes > probes + 2);
  assert.equal((await healthOf('probed'))[0]?.state, 'open');
  modelsStatus = 200;
  chatStatus = {};
  await until('half-open', async () => (await healthOf('probed'))[0]?.state === 'half-open');
  assert.equal(await answeredBy(), 'probed');
  assert.equal((await healthOf('probed'))[0]?.state, 'closed');
  const rest = seen.probes;
  await sleep(200);
  // One may have been on its way.
  assert.ok(seen.probes <= rest + 1, 'an upstream that is well is not probed');
  await bench.remove('probed');
});

test('where nobody else is left, an open one is asked', async () => {
  chatStatus = { 'gpt-4o': 500 };
  modelsStatus = 503;
  await bench.add('only', { url });
  await bench.pinned('only', async () => {
    for (let count = 0; count < 5; count += 1) {
      const asked = await bench.chat();
      assert.equal(asked.response.status, 500);
      assert.equal(asked.text, '{"object":"x"}');
    }
    chatStatus = {};
    assert.equal((await bench.chat()).response.status, 200);
  });
  await bench.remove('only');
});

test('an upstream that is set anew begins with a clean sheet', async () => {
  chatStatus = { 'gpt-4o': 500 };
  await bench.add('again', { url });
  for (let count = 0; count < 3; count += 1) await answeredBy();
  await bench.remove('again');
  clock.pass(1);
  chatStatus = {};
  await bench.add('again', { url });
  assert.equal(await answeredBy(), 'again');
  await bench.remove('again');
});
