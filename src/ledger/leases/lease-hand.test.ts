import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBudget } from '../book/budget-request.ts';
import type { Budget } from '../budget.ts';
import { Ledger } from '../ledger.ts';
import type { SpentSoFar } from '../ports.ts';
import { LeaseHand } from './lease-hand.ts';

const EACH = parseBudget(
  { limit: '0.000001', name: 'each', per: 'session' },
  { id: 'b', webhookSecret: '', createdAtMs: 0 },
);
const OTHERS = { spentNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
const NOTHING = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
const QUESTION = {
  facets: { app: 'a', model: 'm', tag: null, session: 's' },
  ...{ worstCostNanoUsd: 10, subject: 'it' },
};

async function opened(budgets: readonly Budget[] = [EACH]) {
  const clock = { now: () => Date.UTC(2026, 10, 26), monotonicMs: () => 0 };
  const ledger = new Ledger({
    ...{ clock, timeZone: 'UTC', unknownPrice: 'block', isLeased: true },
    onThreshold: () => {},
  });
  const instance = { id: 'i', run: '1', host: 'h', version: '1' };
  const hand = new LeaseHand({ ledger, instance, monotonicMs: clock.monotonicMs, rulesVersion: () => 1 });
  const configure = (meanwhile: () => void = () => {}, anew = false): Promise<void> =>
    ledger.configure(
      { budgets, kills: [] },
      async (queries): Promise<readonly SpentSoFar[]> => {
        meanwhile();
        return queries.map(() => ({ ...NOTHING, shares: [] }));
      },
      anew,
    );
  await configure();
  return { ledger, hand, configure };
}

test('a member that was asked for while its budget is counted anew is claimed once', async () => {
  const { ledger, hand, configure } = await opened();
  const ask = (id: string) => ledger.reserve({ id, ...QUESTION });
  ask('before');
  await configure(() => ask('meanwhile'), true);
  assert.equal(ask('after').refusal?.code, 'budget_busy');
  const { claims } = hand.ask();
  assert.deepEqual(
    claims.map(({ window, neededNanoUsd }) => [window.member?.name, neededNanoUsd]),
    [['s', 10]],
  );
});

test('an explanation foresees the lease that a request waits for, and not what no lease can hold', async () => {
  const { ledger } = await opened();
  assert.equal(ledger.assess(QUESTION).refusal, null);
  assert.equal(ledger.assess({ ...QUESTION, worstCostNanoUsd: 1001 }).refusal?.code, 'budget_exceeded');
  ledger.turnOffline(true, false);
  assert.equal(ledger.assess(QUESTION).refusal?.code, 'budget_offline');
});

const ALL = parseBudget({ limit: '1', name: 'all' }, { id: 'a', webhookSecret: '', createdAtMs: 0 });

test('a session goes on past its slice while the budget has more, and ends where nobody can give more', async () => {
  const { ledger, hand } = await opened([{ ...ALL, unknownPrice: 'allow' }]);
  const [sums] = ledger.leasedSums();
  assert.ok(sums);
  const soon: boolean[] = [];
  ledger.slices.onShort = (isMissed) => soon.push(isMissed);
  ledger.hear(sums, OTHERS, 10);
  const { reservation } = ledger.reserve({ id: 'session', ...QUESTION, worstCostNanoUsd: null });
  assert.ok(reservation);
  assert.equal(ledger.pay(reservation, [{ model: 'm', nanoUsd: 300, isUnknown: false }]), null);
  // The others hear of it soon, and what comes next is asked for at the rate at which this one spends.
  assert.deepEqual(soon, [false]);
  const [claim] = hand.ask().claims;
  assert.equal(claim?.spentNanoUsd, 300);
  assert.ok((claim?.aheadNanoUsd ?? 0) > 0);
  ledger.turnOffline(true, false);
  assert.equal(
    ledger.pay(reservation, [{ model: 'm', nanoUsd: 400, isUnknown: false }])?.code,
    'budget_offline',
  );
  ledger.turnOffline(true, true);
  assert.equal(ledger.pay(reservation, [{ model: 'm', nanoUsd: 500, isUnknown: false }]), null);
  ledger.turnOffline(false, false);
  ledger.hear(sums, { ...OTHERS, spentNanoUsd: 999_999_400 }, 500);
  assert.equal(
    ledger.pay(reservation, [{ model: 'm', nanoUsd: 600, isUnknown: false }])?.code,
    'budget_exceeded',
  );
});
