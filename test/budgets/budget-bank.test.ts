import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseBudget } from '../../src/ledger/budget.ts';
import type { SpendQuery } from '../../src/ledger/ports.ts';
import { scopeMatches } from '../../src/ledger/scope-matcher.ts';
import { BudgetStore } from './budget-store.ts';

const ANY = { app: null, model: null, tag: null };
const budget = (id: string, name: string) =>
  parseBudget(
    { limit: '1', name, webhookUrl: 'https://example.com/' },
    { id, webhookSecret: 'whsec_AA', createdAtMs: 0 },
  );
const notice = (id: string, threshold: number) => ({
  ...{ id, budgetId: 'b1', periodStartMs: 0, threshold, url: 'https://example.com/', secret: 'whsec_AA' },
  ...{ body: '{}', createdAtMs: 100, attempts: 0 },
});

async function spent(store: BudgetStore, query: Partial<SpendQuery>) {
  const whole = { scope: ANY, fromMs: 0, toMs: Number.POSITIVE_INFINITY, unsettledIds: [], ...query };
  const [answer] = await store.bank.spentSoFar([whole]);
  return answer!;
}

test('budgets and kill switches come back as they were put, and each change raises the version', async () => {
  const { bank } = new BudgetStore();
  const versions = [await bank.budgetVersion()];
  const changes = [
    () => bank.putBudget(budget('b1', 'one')),
    () => bank.putBudget({ ...budget('b1', 'one'), limitNanoUsd: 7 }),
    () => bank.putKill({ id: 'k1', scope: ANY, createdAtMs: 3 }),
  ];
  for (const change of changes) {
    await change();
    versions.push(await bank.budgetVersion());
  }
  assert.deepEqual(
    versions,
    [...new Set(versions)].sort((a, b) => a - b),
  );
  assert.deepEqual(await bank.budgetRules(), {
    version: versions.at(-1),
    budgets: [{ ...budget('b1', 'one'), limitNanoUsd: 7 }],
    kills: [{ id: 'k1', scope: ANY, createdAtMs: 3 }],
  });
  await bank.removeBudget('b1');
  await bank.removeKill('k1');
  const { budgets, kills } = await bank.budgetRules();
  assert.deepEqual([budgets, kills], [[], []]);
});

test('two budgets cannot have one name', async () => {
  const { bank } = new BudgetStore();
  await bank.putBudget(budget('b1', 'one'));
  await assert.rejects(bank.putBudget(budget('b2', 'one')), /UNIQUE/);
});

test('what has ended is spent, what runs is reserved, and what was refused is neither', async () => {
  const store = new BudgetStore();
  store.record({ id: 'done', costNanoUsd: 70, reservedNanoUsd: 100 });
  store.record({ id: 'over', costNanoUsd: 130, reservedNanoUsd: 100 });
  store.record({ id: 'runs', outcome: 'in_flight', reservedNanoUsd: 40 });
  store.record({ id: 'unknown price', reservedNanoUsd: null });
  store.record({ id: 'refused', outcome: 'refused' });
  assert.deepEqual(await spent(store, {}), {
    costNanoUsd: 200,
    reservedNanoUsd: 40,
    unpricedRequests: 1,
    overrunNanoUsd: 30,
  });
});

test('a record counts at its reservation, or at its start where it has none', async () => {
  const store = new BudgetStore();
  store.record({ id: 'a', startedAtMs: 10, reservedAtMs: 20, costNanoUsd: 1 });
  store.record({ id: 'b', startedAtMs: 10, costNanoUsd: 2 });
  assert.equal((await spent(store, { fromMs: 20 })).costNanoUsd, 1);
  assert.equal((await spent(store, { toMs: 20 })).costNanoUsd, 2);
  assert.equal((await spent(store, { unsettledIds: ['a', 'x'] })).costNanoUsd, 2);
});

test('the store finds the same records as the ledger for any scope', async () => {
  const part = fc.constantFrom('a', 'b?', '[c]', 'a*');
  const models = fc.option(fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'GPT-4o', 'a?b', 'a[b', 'x'));
  const scopes = fc.record({
    app: fc.option(part),
    model: fc.option(fc.constantFrom('gpt-4o', 'gpt-*', '*', '*mini', 'a?b', 'a?*', 'a[*', 'g*4*')),
    tag: fc.option(fc.constantFrom('a', 'team=x', 'team=x,a', 'a,team=x', '%', 'team')),
  });
  const tags = fc.option(fc.constantFrom('a', 'team=x', 'a,team=x', 'team=x,b,a', 'team=xy', 'steam=x', '%'));
  const requests = fc.array(fc.record({ app: part, model: models, tag: tags }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(scopes, requests, async (scope, facets) => {
      const store = new BudgetStore();
      for (const [index, record] of facets.entries())
        store.record({ id: `r${index}`, ...record, costNanoUsd: 2 ** index });
      const expected = facets.reduce(
        (sum, each, index) => sum + (scopeMatches(scope, each) ? 2 ** index : 0),
        0,
      );
      assert.equal((await spent(store, { scope })).costNanoUsd, expected);
    }),
    { numRuns: 200 },
  );
});

test('a notice is kept once for its budget, period and threshold, and is due until it is delivered', async () => {
  const { bank } = new BudgetStore();
  await bank.addNotice(notice('n1', 80));
  await bank.addNotice(notice('again', 80));
  assert.deepEqual(await bank.dueNotices(99, 10), []);
  assert.deepEqual(
    (await bank.dueNotices(100, 10)).map((each) => ({ ...each })),
    [notice('n1', 80)],
  );
  await bank.noticeFailed('n1', 'the receiver answered 500', 200);
  assert.deepEqual(await bank.dueNotices(199, 10), []);
  assert.equal((await bank.dueNotices(200, 10))[0]?.attempts, 1);
  await bank.noticeDelivered('n1', 210);
  await bank.addNotice(notice('n1', 80));
  assert.deepEqual(await bank.dueNotices(1e12, 10), []);
});

test('a notice that is given up is not due again', async () => {
  const { bank } = new BudgetStore();
  await bank.addNotice(notice('n1', 80));
  await bank.noticeFailed('n1', 'the receiver answered 410', null);
  assert.deepEqual(await bank.dueNotices(1e12, 10), []);
});
