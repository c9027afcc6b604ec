// What happens to a ledger, and which budgets it has: drawn at random.

import fc from 'fast-check';
import type { Budget } from '../../src/ledger/budget.ts';
import { ANY_MODEL, type RequestFacets } from '../../src/ledger/scope-matcher.ts';

/** An hour before the clocks go back in Berlin, and before a day, a week (Sunday) and nearly a month end. */
export const START_MS = Date.UTC(2026, 9, 25, 0, 0);

export type Step =
  | { readonly kind: 'arrive'; readonly facets: RequestFacets; readonly worst: number }
  | {
      readonly kind: 'settle';
      readonly pick: number;
      readonly share: number;
      readonly answeredBy: string | null;
    }
  | {
      readonly kind: 'stream';
      readonly facets: RequestFacets;
      readonly worst: number;
      readonly share: number;
    }
  | { readonly kind: 'grow'; readonly pick: number; readonly needed: number; readonly more: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'kill' }
  | { readonly kind: 'configure'; readonly budgets: readonly Budget[] }
  | { readonly kind: 'load' };

const facets: fc.Arbitrary<RequestFacets> = fc.record(
  {
    app: fc.constantFrom('a', 'b'),
    model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'claude', ANY_MODEL),
    alsoModels: fc.array(fc.constantFrom('gpt-4o', 'claude'), { maxLength: 2 }),
    tag: fc.constantFrom('x', 'y', null),
    user: fc.constantFrom('ada', null),
    session: fc.constantFrom('s1', 's2', 's3', null),
    key: fc.constantFrom('ci', 'dev', null),
  },
  { requiredKeys: ['app', 'model', 'tag'] },
);
export const budgetList: fc.Arbitrary<readonly Budget[]> = fc
  .uniqueArray(fc.nat(7), { maxLength: 5 })
  .chain((ids) => fc.tuple(...ids.map((id) => budgetOf(`b${id}`))));

/** Begins and ends at whole seconds, as the model's time does. */
const raise = fc
  .record({
    by: fc.integer({ min: 1, max: 2000 }),
    from: fc.nat(20_000),
    for: fc.integer({ min: 1, max: 40_000 }),
  })
  .map(({ by, from, for: seconds }) => ({
    byNanoUsd: by,
    fromMs: START_MS + from * 1000,
    untilMs: START_MS + (from + seconds) * 1000,
    who: 'test',
  }));

function budgetOf(id: string): fc.Arbitrary<Budget> {
  return fc.record({
    id: fc.constant(id),
    name: fc.constant(id),
    limitNanoUsd: fc.integer({ min: 1, max: 3000 }),
    period: fc.constantFrom('hourly', 'daily', 'weekly', 'monthly', 'total'),
    scope: fc.record({
      app: fc.constantFrom('a', null),
      model: fc.constantFrom('gpt-4o', 'gpt-4o*', '*mini', null),
      tag: fc.constantFrom('x', null),
      user: fc.constantFrom('ada', null, null),
      session: fc.constantFrom('s1', null, null),
      key: fc.constantFrom('ci', null, null),
    }),
    per: fc.constantFrom(null, null, null, 'session', 'user', 'key', 'app'),
    raises: fc.array(raise, { maxLength: 2 }),
    action: fc.constantFrom('block', 'block', 'warn'),
    thresholds: fc.constant([80]),
    webhookUrl: fc.constant(null),
    webhookSecret: fc.constant(null),
    createdAtMs: fc.constant(0),
  });
}

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('arrive'), facets, worst: fc.integer({ min: 0, max: 400 }) }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('settle'),
      pick: fc.nat(),
      share: fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1.5, noNaN: true })),
      answeredBy: fc.constantFrom(null, null, 'gpt-4o', 'gpt-4o-2024-08-06', 'o-mini'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('stream'),
      facets,
      worst: fc.integer({ min: 0, max: 2000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('grow'),
      pick: fc.nat(),
      needed: fc.integer({ min: 0, max: 500 }),
      more: fc.integer({ min: 0, max: 500 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 5400 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 1_000_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('configure'), budgets: budgetList }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'load' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' } as const) },
) as fc.Arbitrary<Step>;
