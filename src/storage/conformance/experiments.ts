// What every store must do with A/B tests: the figures of variants in sums over units, latencies, and ratings.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {
  DrawnUnit,
  ExperimentRecords,
  UnitSums,
  VariantFigures,
} from '../../core/experiment-figures.ts';
import type { RequestRecord } from '../../core/record.ts';
import { allInputTokens } from '../../core/usage.ts';
import { type Check, endOf, histories, idOf, modelOf, runs, type StoreUnderTest, startOf } from './model.ts';

const TEST: ExperimentRecords = { experiment: 'test', unit: 'session', sinceMs: 0 };
export const UNITS: readonly DrawnUnit[] = ['session', 'request', 'app'];

/** What was thought of an answer. */
export interface Opinion {
  readonly rating: number | null;
  readonly grade: number | null;
  readonly judge: string | null;
}

export function testExperiments(check: Check, open: () => Promise<StoreUnderTest>): void {
  check('a test’s figures are those of its own records, since it began', async ({ analytics, take }) => {
    await take([
      { start: startOf(1, { variant: 'a', session: 'x' }), end: endOf({ costNanoUsd: 100, latencyMs: 10 }) },
      { start: startOf(2, { variant: 'a', session: 'x' }), end: endOf({ costNanoUsd: null, latencyMs: 20 }) },
      {
        start: startOf(3, { variant: 'a', session: null }),
        end: endOf({ costNanoUsd: 50, outcome: 'timed_out', latencyMs: 90 }),
      },
      { start: startOf(4, { variant: 'a', session: 'y' }) },
      {
        start: startOf(5, { variant: 'b', session: 'z' }),
        end: endOf({ outcome: 'cached', costNanoUsd: 0 }),
      },
      { start: startOf(6, { variant: 'a', experiment: 'other' }), end: endOf() },
      { start: startOf(7, { variant: null, experiment: null }), end: endOf() },
    ]);
    const [a, b, ...more] = await analytics.variantFigures(TEST);
    assert.deepEqual(more, []);
    assert.deepEqual([a?.variant, a?.units, a?.requests, a?.latencyCount], ['a', 2, 3, 2]);
    assert.deepEqual(a?.cost, {
      units: 2,
      sum: 150,
      count: 2,
      sumSquare: 12_500,
      countSquare: 2,
      product: 150,
    });
    assert.deepEqual([a?.failures.sum, a?.failures.countSquare], [1, 5]);
    assert.deepEqual([b?.variant, b?.units, b?.failures.sum], ['b', 1, 0]);
    assert.deepEqual(await analytics.latencyQuantiles(TEST, 'a', [0.5, 0.51, 1]), [10, 20, 20]);
    assert.deepEqual(await analytics.latencyQuantiles(TEST, 'c', [0.5]), []);
    const [upTo] = await analytics.latenciesUpTo(TEST, 'a', [10]);
    assert.deepEqual([upTo?.units, upTo?.sum, upTo?.count], [1, 1, 2]);
    const later = { ...TEST, sinceMs: startOf(3).startedAtMs };
    assert.equal((await analytics.variantFigures(later))[0]?.requests, 1);
    const earlier = { ...TEST, untilMs: startOf(3).startedAtMs };
    assert.deepEqual(
      (await analytics.variantFigures(earlier)).map(({ variant, requests }) => [variant, requests]),
      [['a', 2]],
    );
    assert.deepEqual(await analytics.latencyQuantiles(earlier, 'b', [0.5]), []);
    assert.equal((await analytics.latenciesUpTo(earlier, 'a', [10]))[0]?.count, 2);
    assert.deepEqual(await analytics.variantFigures({ ...TEST, experiment: "x' OR 1" }), []);
  });

  check(
    'a rating is kept for a request of either id, replaced by a later one, and deleted with it',
    async (store) => {
      const { analytics, feedback, take } = store;
      await take([
        { start: startOf(1, { variant: 'a' }), end: endOf({ responseId: 'msg_1' }) },
        { start: startOf(2, { variant: 'a' }), end: endOf({ responseId: 'msg_2' }) },
      ]);
      const rated = { id: idOf(1), experiment: 'test', variant: 'a' };
      assert.deepEqual(await feedback.rate(idOf(1), { rating: 1, atMs: 5 }), rated);
      assert.deepEqual(await feedback.rate('msg_1', { rating: 5, atMs: 6 }), rated);
      assert.equal(await feedback.rate('msg_9', { rating: 5, atMs: 6 }), null);
      const ratings = async (): Promise<UnitSums | undefined> =>
        (await analytics.variantFigures(TEST))[0]?.ratings;
      assert.deepEqual([(await ratings())?.count, (await ratings())?.sum], [1, 5]);
      await store.reset();
      await take([{ start: startOf(3, { variant: 'a' }), end: endOf() }]);
      assert.equal((await ratings())?.count, 0);
    },
  );

  check('a judge’s grade is kept beside a rating, and does not replace it', async (store) => {
    const { analytics, feedback, take } = store;
    await take([
      { start: startOf(1, { variant: 'a' }), end: endOf() },
      { start: startOf(2, { variant: 'a' }), end: endOf() },
      { start: startOf(3, { variant: 'b' }), end: endOf() },
    ]);
    const judge = 'openai:judge-1';
    const rated = { id: idOf(1), experiment: 'test', variant: 'a' };
    assert.deepEqual(await feedback.grade(idOf(1), { grade: 2, judge, atMs: 5 }), rated);
    await feedback.rate(idOf(1), { rating: 5, atMs: 6 });
    await feedback.grade(idOf(1), { grade: 3.5, judge, atMs: 7 });
    await feedback.grade(idOf(2), { grade: 1, judge: 'anthropic:judge-2', atMs: 8 });
    await feedback.rate(idOf(3), { rating: 4, atMs: 9 });
    assert.equal(await feedback.grade('none', { grade: 3, judge, atMs: 9 }), null);
    const [a, b] = await analytics.variantFigures(TEST);
    assert.deepEqual([a?.grades.sum, a?.grades.count, a?.ratings.sum, a?.ratings.count], [4.5, 2, 5, 1]);
    assert.deepEqual(a?.judges, ['anthropic:judge-2', judge]);
    assert.deepEqual([b?.grades.count, b?.judges, b?.ratings.sum], [0, [], 4]);
  });

  check('the figures of variants are a naive model’s, for every unit', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (batches) => {
        const store = await open();
        try {
          for (const batch of batches) await store.take(batch);
          const model = modelOf(batches.flat()).filter(({ outcome }) => outcome !== 'in_flight');
          for (const unit of UNITS)
            assert.deepEqual(
              await store.analytics.variantFigures({ ...TEST, unit }),
              model.length === 0 ? [] : [figuresOf(model, unit)],
            );
        } finally {
          await store.close();
        }
      }),
      { numRuns: runs(15) },
    );
  });
}

/** A naive model's, of one variant. */
export function figuresOf(
  records: readonly RequestRecord[],
  unit: DrawnUnit,
  variant = 'b',
  opinions: ReadonlyMap<string, Opinion> = new Map(),
): VariantFigures {
  const judges = records.flatMap(({ id }) => opinions.get(id)?.judge ?? []).sort();
  const units = [
    ...Map.groupBy(records, ({ id, session, app }) =>
      unit === 'app' ? app : unit === 'request' ? id : (session ?? id),
    ).values(),
  ];
  const succeeded = ({ outcome }: RequestRecord): boolean => outcome === 'completed' || outcome === 'cached';
  const sum = (of: (record: RequestRecord) => number): number =>
    records.reduce((total, record) => total + of(record), 0);
  return {
    variant,
    units: units.length,
    requests: records.length,
    inputTokens: sum(({ usage }) => allInputTokens(usage)),
    outputTokens: sum(({ usage }) => usage.outputTokens),
    cost: sumsOf(units, ({ costNanoUsd }) => costNanoUsd),
    failures: sumsOf(units, (record) => (succeeded(record) ? 0 : 1)),
    tokens: sumsOf(units, ({ usage }) => allInputTokens(usage) + usage.outputTokens),
    ratings: sumsOf(units, ({ id }) => opinions.get(id)?.rating ?? null),
    grades: sumsOf(units, ({ id }) => opinions.get(id)?.grade ?? null),
    judges: [...new Set([judges[0], judges.at(-1)])].filter((judge) => judge !== undefined),
    latencyCount: records.filter(succeeded).length,
  };
}

function sumsOf(
  units: readonly (readonly RequestRecord[])[],
  of: (record: RequestRecord) => number | null,
): UnitSums {
  const known = units.map((records) => records.map(of).filter((value) => value !== null));
  const total = (value: (sum: number, count: number) => number): number =>
    known.reduce((all, values) => {
      const sum = values.reduce((a, b) => a + b, 0);
      return all + value(sum, values.length);
    }, 0);
  return {
    units: total((_, count) => Number(count > 0)),
    sum: total((each) => each),
    count: total((_, count) => count),
    sumSquare: total((each) => each ** 2),
    countSquare: total((_, count) => count ** 2),
    product: total((each, count) => each * count),
  };
}
