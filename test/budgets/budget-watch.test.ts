import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { BudgetWatch, type BudgetWatchOptions } from '../../src/ledger/book/budget-watch.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { BudgetBank, BudgetRules } from '../../src/ledger/ports.ts';
import { BudgetStore, OWNER } from './budget-store.ts';

function open(
  bankOver: (bank: BudgetBank) => Partial<BudgetBank> = () => ({}),
  more: Partial<BudgetWatchOptions> = {},
) {
  const store = new BudgetStore();
  const ledger = new Ledger({
    clock: systemClock,
    timeZone: 'UTC',
    unknownPrice: 'allow',
    onThreshold: () => {},
  });
  const faults: unknown[] = [];
  const over = bankOver(store.bank);
  const watch = new BudgetWatch({
    bank: {
      budgetVersion: over.budgetVersion ?? (() => store.bank.budgetVersion()),
      budgetRules: () => store.bank.budgetRules(),
      spentSoFar: (queries) => store.bank.spentSoFar(queries),
      putKill: (kill) => store.bank.putKill(kill),
      removeKill: (id) => store.bank.removeKill(id),
    },
    ledger,
    drain: async () => {},
    warn: (message) => faults.push(message),
    intervalMs: 5,
    ...more,
  });
  const book = new BudgetBook({ bank: store.bank, clock: systemClock, timeZone: 'UTC' });
  return { store, ledger, watch, book, faults };
}

/** Waits for a condition that another party brings about. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it did not come');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('budgets that are stored are in force after the start, with what was spent', async () => {
  const { store, ledger, watch, book } = open();
  await book.set({ limit: '1', period: 'total' });
  store.record({ id: 'earlier', startedAtMs: 5, costNanoUsd: 400_000_000 });
  await watch.start();
  assert.equal(ledger.standings()[0]?.remainingNanoUsd, 600_000_000);
  await watch.close();
});

test('what is set, changed, killed and removed later is followed', async () => {
  const { ledger, watch, book } = open();
  await watch.start();
  const facets = { app: 'agent', model: null, tag: null };
  let ids = 0;
  const refused = () => {
    ids += 1;
    const answer = ledger.reserve({ id: `r${ids}`, facets, worstCostNanoUsd: 2_000_000_000, subject: '' });
    if (answer.reservation !== null) ledger.settle(answer.reservation, 0);
    return answer.refusal?.code ?? null;
  };
  assert.equal(refused(), null);
  await book.set({ limit: '1', name: 'n' });
  await until(() => refused() === 'budget_exceeded');
  await book.set({ limit: '1000', name: 'n' });
  await until(() => refused() === null);
  await book.kill({ app: 'agent' });
  await until(() => refused() === 'budget_killed');
  await book.resume({});
  await until(() => refused() === null);
  await book.remove('n');
  await until(() => ledger.standings().length === 0);
  await watch.close();
});

test('a store that fails is reported, and followed again when it recovers', async () => {
  let failing = false;
  const { ledger, watch, book, faults } = open((bank) => ({
    budgetVersion: () => (failing ? Promise.reject(new Error('disk I/O error')) : bank.budgetVersion()),
  }));
  await watch.start();
  failing = true;
  await until(() => faults.length > 0);
  assert.match(String(faults[0]), /disk I\/O/);
  await book.set({ limit: '1' });
  failing = false;
  await until(() => ledger.standings().length === 1);
  await watch.close();
});

test('when the records are deleted, the ledger counts anew, and what is in flight stays', async () => {
  const { ledger, watch, book, store } = open();
  await book.set({ limit: '1', name: 'n', period: 'total' });
  store.record({ id: 'old', costNanoUsd: 900_000_000 });
  await watch.start();
  const facets = { app: 'agent', model: 'm', tag: null };
  const running = ledger.reserve({ id: 'r', facets, worstCostNanoUsd: 50_000_000, subject: '' });
  assert.equal(ledger.standings()[0]?.spentNanoUsd, 900_000_000);
  store.reset();
  await until(() => ledger.standings()[0]?.spentNanoUsd === 0);
  assert.equal(ledger.standings()[0]?.reservedNanoUsd, 50_000_000);
  assert.ok(running.reservation);
  ledger.settle(running.reservation, 20_000_000);
  assert.equal(ledger.standings()[0]?.spentNanoUsd, 20_000_000);
  await watch.close();
});

test('after a start beside a locked database, what was spent under a clock that ran ahead counts', async () => {
  let isLocked = true;
  const aheadMs = systemClock.now() + 3_600_000;
  const rules: { kept: BudgetRules | null } = { kept: null };
  const { ledger, watch, book, store } = open(undefined, {
    drain: async () => {
      if (isLocked) throw new Error('database is locked');
    },
    copy: { read: () => rules.kept, keep: () => {} },
    offline: 'block',
  });
  await book.set({ limit: '1', name: 'n', period: 'total' });
  rules.kept = await store.bank.budgetRules();
  store.record({ id: 'ahead', startedAtMs: aheadMs, costNanoUsd: 900_000_000 });
  // What this process lets through while it counts is not in what it is told.
  store.record({ id: 'own', owner: OWNER, startedAtMs: aheadMs, costNanoUsd: 50_000_000 });
  await watch.start();
  assert.equal(watch.version, null);
  isLocked = false;
  await watch.refresh();
  assert.equal(ledger.standings()[0]?.spentNanoUsd, 900_000_000);
  await watch.close();
});

test('a store that is away is told of once, and again when it goes another time', async () => {
  let isAway = false;
  let looks = 0;
  const { watch, faults } = open((bank) => ({
    budgetVersion: async () => {
      looks += 1;
      if (isAway) throw new Error('away');
      return bank.budgetVersion();
    },
  }));
  await watch.start();
  const lookAgain = async (): Promise<void> => {
    const before = looks;
    await until(() => looks > before + 2);
  };
  isAway = true;
  await lookAgain();
  assert.equal(faults.length, 1);
  isAway = false;
  await lookAgain();
  isAway = true;
  await lookAgain();
  assert.equal(faults.length, 3);
  assert.match(String(faults[1]), /^Budgets are followed again\. It failed \d+ times since /);
  await watch.close();
});
