import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { BudgetStore } from './budget-store.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const clock = { now: () => NOW_MS, monotonicMs: () => 0 };

function open(): { store: BudgetStore; book: BudgetBook } {
  const store = new BudgetStore();
  return { store, book: new BudgetBook({ bank: store.bank, clock, timeZone: 'UTC' }) };
}

test('setting a budget under the same name changes it, and what is left out stays', async () => {
  const { book } = open();
  const first = await book.set({
    limit: '5',
    period: 'daily',
    name: 'n',
    webhookUrl: 'https://example.com/',
    action: 'block',
  });
  assert.equal(first.changed, false);
  const second = await book.set({ name: 'n', thresholds: '50' });
  assert.equal(second.changed, true);
  assert.deepEqual(second.budget, { ...first.budget, thresholds: [50] });
  assert.deepEqual(
    (await book.status()).standings.map(({ budget }) => budget),
    [second.budget],
  );
});

test('a new budget needs a limit', async () => {
  await assert.rejects(open().book.set({ period: 'daily' }), {
    code: 'invalid_argument',
    message: /--limit/,
  });
});

test('the status tells what the records hold of the current period', async () => {
  const { store, book } = open();
  await book.set({ limit: '0.000001', period: 'daily', app: 'agent' });
  store.record({ id: 'yesterday', startedAtMs: NOW_MS - 13 * 3_600_000, costNanoUsd: 500 });
  store.record({ id: 'today', startedAtMs: NOW_MS - 3_600_000, costNanoUsd: 300 });
  store.record({ id: 'running', startedAtMs: NOW_MS, outcome: 'in_flight', reservedNanoUsd: 200 });
  store.record({ id: 'other', app: 'other', startedAtMs: NOW_MS, costNanoUsd: 100 });
  const [standing] = (await book.status()).standings;
  assert.equal(standing?.spentNanoUsd, 300);
  assert.equal(standing?.reservedNanoUsd, 200);
  assert.equal(standing?.remainingNanoUsd, 500);
  assert.equal(standing?.periodEndMs, Date.UTC(2026, 10, 24));
});

test('a budget is removed by name or id, and an unknown one is named', async () => {
  const { book } = open();
  const { budget } = await book.set({ limit: '5', name: 'one' });
  await book.set({ limit: '5', name: 'two' });
  await book.remove('two');
  await assert.rejects(book.remove('two'), { code: 'no_data', message: /"two"\. There are: "one"/ });
  await book.remove(budget.id);
  assert.deepEqual((await book.status()).standings, []);
});

test('a kill switch is set once for its scope, and resumed by scope or all together', async () => {
  const { book } = open();
  const kill = await book.kill({ app: 'a' });
  assert.deepEqual(await book.kill({ app: 'a' }), kill);
  await book.kill({ tag: 't' });
  await book.kill({});
  assert.deepEqual(await book.resume({ app: 'a' }), [kill]);
  await assert.rejects(book.resume({ app: 'a' }), { code: 'no_data', message: /stops app a/ });
  assert.equal((await book.resume({})).length, 2);
  assert.deepEqual((await book.status()).kills, []);
});
