// A fault of TokenWatch's own in any step of a request: its client hears of it, its record says so, and the next
// request is served. The pipeline is real; the ports around it (journal, listeners) throw where a test says so.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { KeyRing } from '../../src/access/keys/key-ring.ts';
import { systemClock } from '../../src/core/clock.ts';
import { heldRooms } from '../../src/core/held-rooms.ts';
import type { Journal, JournalEntry } from '../../src/core/journal.ts';
import type { RequestEnd } from '../../src/core/record.ts';
import { SiteGuard } from '../../src/core/site-guard.ts';
import { mountsOf } from '../../src/decisions.ts';
import { NO_RULES } from '../../src/policy/rules.ts';
import { loadPriceBook } from '../../src/pricing/price-book.ts';
import { AccessStep } from '../../src/proxy/access-step.ts';
import { Pipeline } from '../../src/proxy/pipeline.ts';
import { Planner } from '../../src/proxy/plan/planner.ts';
import { Upstreams } from '../../src/proxy/plan/upstreams.ts';
import { type ProxyServer, startProxyServer } from '../../src/proxy/server.ts';
import { KeptChargedLines } from '../../src/record/charged-lines.ts';
import { readSettings } from '../../src/settings.ts';
import { Forwarder } from '../../src/upstream/forward.ts';
import { Health } from '../../src/upstream/health.ts';
import { KeyReader } from '../../src/upstream/keys.ts';
import { untilCut } from './exchange.ts';

/** More than sockets hold on the way. */
const MUCH = 'x'.repeat(32 * 1024 * 1024);

type Step = 'plan' | 'start' | 'head' | 'listener';

/** Where the next request meets its fault. */
let faultAt: Step | null = null;
let ends: RequestEnd[] = [];
let faults: { readonly id: string; readonly fault: unknown }[] = [];
let whenSettled: () => void = () => {};
let proxy: ProxyServer;
/** Has little patience with slow heads and slow readers, and a page for these. */
let strict: ProxyServer;
const forwarder = new Forwarder({ connectTimeoutMs: 2000, silenceTimeoutMs: 5000, proxies: null });
const upstream = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\ndata: [DONE]\n\n');
});

function fail(step: Step): void {
  if (faultAt !== step) return;
  faultAt = null;
  throw new Error(`a fault\nat ${step}`);
}

class FaultyPlanner extends Planner {
  override plan(...given: Parameters<Planner['plan']>): void {
    fail('plan');
    super.plan(...given);
  }
}

const journal: Journal = {
  start(start) {
    fail('start');
    return { start };
  },
  raise: () => undefined,
  makeDurable: () => true,
  flushStarts: () => fail('head'),
  flush() {},
  settle(_entry: JournalEntry, end) {
    ends.push(end);
    whenSettled();
  },
};

before(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const settings = readSettings({
    TOKENWATCH_OPENAI_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    TOKENWATCH_DATA_DIR: '/nowhere',
  });
  const mounts = mountsOf(settings);
  const health = new Health({ clock: systemClock, random: Math.random });
  const pipeline = new Pipeline({
    clock: systemClock,
    rooms: heldRooms(),
    hop: 'test',
    access: new AccessStep({
      ring: new KeyRing({ entries: () => [], peppers: () => [] }),
      clock: systemClock,
      isRequired: false,
    }),
    sites: new SiteGuard({ subject: 'The proxy', ownHost: '127.0.0.1', hosts: ['x'], origins: [] }),
    journal,
    prices: loadPriceBook(''),
    estimator: { count: async (text) => text.length, countPrompt: async (body) => body.length },
    chargedLines: new KeptChargedLines(null, () => {}),
    wasCharged: async () => false,
    onStarted: () => {},
    onSettled: () => fail('listener'),
    tracing: null,
    newChunkGaps: null,
    onFault: (id, fault) => faults.push({ id, fault }),
    forwarder,
    bodyBytesMax: 1_000_000,
    connectTimeoutMs: 2000,
    overallTimeoutMs: 5000,
    asksForStreamUsage: true,
    budgets: null,
    cache: null,
    archive: null,
    planner: new FaultyPlanner({
      rules: () => NO_RULES,
      upstreams: new Upstreams({
        mounts,
        health,
        clock: systemClock,
        asksFallback: true,
        allowsForeignKeys: false,
      }),
      spend: { costToday: () => 0, scarcestLeft: () => 1, budgetLeft: () => null },
    }),
    health,
    keys: new KeyReader({ environment: {}, readFile: () => '', clock: systemClock }),
    failover: {
      on: settings.TOKENWATCH_FAILOVER_ON,
      attemptsMax: 1,
      timeoutMs: 1000,
      headTimeoutMs: 1000,
      retriesMax: 0,
    },
  });
  const place = {
    host: '127.0.0.1',
    port: 0,
    mounts,
    pipeline,
    pages: { page: () => null },
  };
  proxy = await startProxyServer(place);
  strict = await startProxyServer({
    ...place,
    pages: { page: async () => ({ status: 200, contentType: 'text/plain', body: MUCH }) },
    headTimeoutMs: 100,
    stalled: { stalledMs: 500, lookMs: 20 },
  });
});
after(async () => {
  await strict.close(0);
  await proxy.close(0);
  await forwarder.close();
  upstream.close();
});
beforeEach(() => {
  ends = [];
  faults = [];
  faultAt = null;
});

async function ask(): Promise<{
  readonly status: number;
  readonly id: string | null;
  readonly body: string;
}> {
  const settled = new Promise<void>((resolve) => {
    whenSettled = resolve;
  });
  const response = await fetch(`${proxy.url}/openai/v1/chat/completions`, {
    method: 'POST',
    body: '{"model":"gpt-4o-mini","stream":true,"messages":[]}',
  });
  const body = await response.text();
  await settled;
  return { status: response.status, id: response.headers.get('x-tokenwatch-request-id'), body };
}

for (const step of ['plan', 'start', 'head'] as const)
  test(`a fault at the ${step} is a 500 in the client's shape, a record and a line of the log`, async () => {
    faultAt = step;
    const { status, id, body } = await ask();
    assert.equal(status, 500);
    const { error } = JSON.parse(body) as { error: { code: string; message: string } };
    assert.equal(error.code, 'internal_error');
    assert.match(error.message, new RegExp(String(id)));
    assert.deepEqual(
      faults.map((each) => each.id),
      [id],
    );
    const [end] = ends;
    assert.deepEqual(
      { outcome: end?.outcome, errorCode: end?.errorCode, records: ends.length },
      { outcome: step === 'head' ? 'cut' : 'refused', errorCode: 'internal_error', records: 1 },
    );
    faults = [];
    assert.equal((await ask()).status, 200, 'the next one is served');
    assert.equal(faults.length, 0);
  });

test('a listener that throws at the end takes nothing from the client nor from the record', async () => {
  faultAt = 'listener';
  const { status, body } = await ask();
  assert.equal(status, 200);
  assert.match(body, /\[DONE\]/);
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ['completed'],
  );
  await new Promise(setImmediate);
  assert.equal(faults.length, 1);
});

test('a client that sends its head a byte at a time is refused, and holds nothing', async () => {
  const { hostname, port } = new URL(strict.url);
  const socket = connect(Number(port), hostname);
  let got = '';
  socket.on('data', (bytes: Buffer) => {
    got += bytes.toString();
  });
  // A byte that comes while the server hangs up lies there unread: then the system takes the answer back, by a reset.
  let wasReset = false;
  socket.on('error', () => {
    wasReset = true;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST /openai/v1/chat/completions HTTP/1.1\r\nx-slow: ');
  const drip = setInterval(() => socket.write('a'), 20);
  await closed;
  clearInterval(drip);
  if (!wasReset) assert.match(got, /^HTTP\/1\.1 408 /);
});

test('a client that takes nothing of its answer is cut', { timeout: 60_000 }, async () => {
  await untilCut(strict.url, '/much');
});
