import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { ThresholdCrossing } from '../../src/ledger/account.ts';
import { parseBudget } from '../../src/ledger/book/budget-request.ts';
import { noticeOf } from '../../src/ledger/notices/notice.ts';
import { Notifier } from '../../src/ledger/notices/notifier.ts';
import { ownPort } from '../own-port.ts';
import { BudgetStore } from './budget-store.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers with each status in turn, then with the last one. */
async function receiver(context: TestContext, statuses: readonly number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200;
      received.push({ headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function crossing(webhookUrl: string, threshold = 80): ThresholdCrossing {
  const identity = { id: 'b1', webhookSecret: SECRET, createdAtMs: 0 };
  return {
    budget: parseBudget({ limit: '25', period: 'daily', webhookUrl }, identity),
    limitNanoUsd: 25_000_000_000,
    share: null,
    shares: null,
    spentNanoUsd: 20_001_300_000,
    reservedNanoUsd: 0,
    remainingNanoUsd: 4_998_700_000,
    periodStartMs: Date.UTC(2026, 10, 23),
    periodEndMs: Date.UTC(2026, 10, 24),
    unpricedRequests: 0,
    overrunNanoUsd: 0,
    threshold,
  };
}

function notifierOf(context: TestContext, store = new BudgetStore()) {
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs, monotonicMs: () => performance.now() };
  const faults: unknown[] = [];
  const notifier = new Notifier({
    bank: store.bank,
    clock,
    fetch,
    warn: (message) => faults.push(message),
    intervalMs: 5,
  });
  context.after(() => notifier.close());
  notifier.start();
  return { notifier, store, clock, faults };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The outbox's row, as the database holds it. */
function row(store: BudgetStore) {
  return store.database.prepare('SELECT * FROM budget_notices').get() as Record<string, unknown> | undefined;
}

test('a crossing arrives once, signed, however often it is reported', async (context) => {
  const { received, url } = await receiver(context, [200]);
  const { notifier, store } = notifierOf(context);
  for (let times = 0; times < 50; times += 1) notifier.crossed(crossing(url));
  await until(() => row(store)?.delivered_at_ms != null);
  notifier.crossed(crossing(url));
  notifier.crossed(crossing(url, 100));
  await until(() => received.length === 2);
  const [first] = received;
  const message = new Webhook(SECRET).verify(first!.body, first!.headers as Record<string, string>) as {
    type: string;
    data: Record<string, unknown>;
  };
  assert.equal(message.type, 'budget.threshold_reached');
  assert.equal(message.data.threshold_percent, 80);
  assert.equal(message.data.spent_usd, '20.0013');
  assert.equal(message.data.period_end, '2026-11-24T00:00:00.000Z');
  await notifier.close();
  assert.equal(received.length, 2);
});

test('a receiver that fails is tried again after growing pauses until it takes the message', async (context) => {
  const { received, url } = await receiver(context, [500, 302, 204]);
  const { notifier, store, clock } = notifierOf(context);
  notifier.crossed(crossing(url));
  for (const [failures, pauseMs] of [
    [1, 5_000],
    [2, 10_000],
  ] as const) {
    await until(() => row(store)?.attempts === failures);
    const wait = Number(row(store)?.next_attempt_ms) - clock.now();
    assert.ok(wait > pauseMs - 2_000 && wait <= pauseMs, `${wait} ms after ${failures} failures`);
    clock.offsetMs += pauseMs;
  }
  await until(() => row(store)?.delivered_at_ms != null);
  assert.equal(received.length, 3);
  assert.deepEqual(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1);
});

test('a receiver that is gone gets no further attempts', async (context) => {
  const { url } = await receiver(context, [410]);
  const { notifier, store } = notifierOf(context);
  notifier.crossed(crossing(url));
  await until(() => row(store)?.attempts === 1);
  assert.equal(row(store)?.next_attempt_ms, null);
  assert.match(String(row(store)?.last_error), /410/);
});

test('a notice that waits in the store is delivered by the next process', async (context) => {
  const { received, url } = await receiver(context, [200]);
  const store = new BudgetStore();
  await store.bank.addNotice(noticeOf(crossing(url), Date.now())!);
  notifierOf(context, store);
  await until(() => received.length === 1);
});

test('a dead receiver delays nobody else, and its fault is kept', async (context) => {
  const { received, url } = await receiver(context, [200]);
  const { notifier, store } = notifierOf(context);
  notifier.crossed({ ...crossing(`http://127.0.0.1:${await ownPort()}/`), threshold: 50 });
  notifier.crossed(crossing(url));
  await until(() => received.length === 1);
  await until(() => row(store)?.attempts === 1);
  assert.ok(String(row(store)?.last_error).length > 0);
});

test('a store that fails keeps the notice waiting, and traffic never hears of it', async (context) => {
  const { received, url } = await receiver(context, [200]);
  const { notifier, store, faults } = notifierOf(context);
  store.database.exec('ALTER TABLE budget_notices RENAME TO moved');
  notifier.crossed(crossing(url));
  await until(() => faults.length > 0);
  store.database.exec('ALTER TABLE moved RENAME TO budget_notices');
  await until(() => received.length === 1);
});

test("Slack's own address gets a text", () => {
  const notice = noticeOf(crossing('https://hooks.slack.com/services/T0/B0/x'), 0);
  const message = JSON.parse(notice!.body) as Record<string, unknown>;
  assert.deepEqual(Object.keys(message), ['text']);
  assert.match(String(message.text), /"daily" .*80 %: \$20\.00 of \$25 is/);
});
