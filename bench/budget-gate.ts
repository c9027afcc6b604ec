// The cost of the budget gate alone: one reservation and its settlement against 100 budgets.
// Usage: node bench/budget-gate.ts

import { systemClock } from '../src/core/clock.ts';
import { BUDGET_PERIODS, type Budget, type Scope } from '../src/ledger/budget.ts';
import { Ledger } from '../src/ledger/ledger.ts';

const BUDGETS = 100;
const ROUNDS = 200_000;
const ANY: Scope = { app: null, model: null, tag: null };

/** Kinds of budget sets: all match, or apps, patterns and tags in turn. */
const SCOPES: Readonly<Record<string, (index: number) => Scope>> = {
  'all 100 match': () => ANY,
  'mixed scopes': (index) => ({
    app: index % 4 === 0 ? `app${index % 8}` : null,
    model: index % 3 === 0 ? `gpt-${index % 9}*mini` : null,
    tag: index % 5 === 0 ? 't0' : null,
  }),
};

async function ledgerWith(scopeOf: (index: number) => Scope): Promise<Ledger> {
  const ledger = new Ledger({
    clock: systemClock,
    timeZone: 'Europe/Berlin',
    unknownPrice: 'allow',
    onThreshold: () => {},
  });
  const budgets = Array.from(
    { length: BUDGETS },
    (_, index): Budget => ({
      id: `b${index}`,
      name: `b${index}`,
      limitNanoUsd: 9e15,
      period: BUDGET_PERIODS[index % BUDGET_PERIODS.length] ?? 'daily',
      scope: scopeOf(index),
      action: 'block',
      thresholds: [50, 80, 100],
      webhookUrl: null,
      webhookSecret: null,
      createdAtMs: 0,
    }),
  );
  await ledger.configure({ budgets, kills: [] }, async (queries) =>
    queries.map(() => ({ costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 })),
  );
  return ledger;
}

/** Microseconds for one reservation and its settlement. */
function measure(ledger: Ledger, rounds: number, tagOf: (round: number) => string): number {
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    const facets = { app: 'app4', model: 'gpt-3-x-mini', tag: tagOf(round) };
    if (ledger.room(facets) < 1000) throw new Error('the benchmark ran into its own limit');
    const { reservation } = ledger.reserve({
      id: `r${round}`,
      facets,
      worstCostNanoUsd: 1000,
      subject: 'a model',
    });
    if (reservation === null) throw new Error('the benchmark ran into its own limit');
    ledger.settle(reservation, 900);
  }
  return ((performance.now() - start) * 1000) / rounds;
}

const tags: Readonly<Record<string, (round: number) => string>> = {
  'a kind of request seen before': () => 't0',
  'every request with a new tag': (round) => `t${round}`,
};
for (const [set, scopeOf] of Object.entries(SCOPES)) {
  for (const [traffic, tagOf] of Object.entries(tags)) {
    const ledger = await ledgerWith(scopeOf);
    measure(ledger, ROUNDS / 10, tagOf);
    console.log(`${set}, ${traffic}: ${measure(ledger, ROUNDS, tagOf).toFixed(2)} µs`);
  }
}
