// What every store must do with the sums that it keeps of A/B tests: they are those of the records, at every moment at
// which a test is looked at, however late records came, were rated or were deleted.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DrawnUnit, ExperimentRecords, VariantFigures } from '../../core/experiment-figures.ts';
import { momentsOf } from '../../core/experiment-moments.ts';
import type { RequestRecord } from '../../core/record.ts';
import type { OldRows } from '../../core/retention.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { SpoolLine } from '../../record/spool-line.ts';
import { figuresOf, type Opinion, UNITS } from './experiments.ts';
import { type Check, endOf, runs, type StoreUnderTest, startOf } from './model.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SINCE_MS = 20_000 * DAY_MS + 11 * HOUR_MS + 7 * MINUTE_MS + 77;
/** Ages of a test at which it is looked at. */
const LOOKS_MS = [20 * MINUTE_MS, 100 * MINUTE_MS, 20 * HOUR_MS, 4 * DAY_MS, 45 * DAY_MS];
/** By less than half of this sums of squares may be off, for they are not whole numbers. */
const TOLERANCE = 1e-9;
const SLOT = 1.011;

const request = fc.record({
  /** Some began before the test. */
  ageMs: fc
    .tuple(
      fc.constantFrom(
        -MINUTE_MS,
        0,
        19 * MINUTE_MS,
        HOUR_MS,
        5 * HOUR_MS,
        30 * HOUR_MS,
        9 * DAY_MS,
        40 * DAY_MS,
      ),
      fc.integer({ min: 0, max: 3 * MINUTE_MS }),
    )
    .map(([base, more]) => base + more),
  variant: fc.constantFrom('a', 'b'),
  session: fc.constantFrom('s1', 's2', null),
  app: fc.constantFrom('app', 'tool'),
  fate: fc.constantFrom('completed', 'completed', 'upstream_error', 'late', 'interrupted', 'in_flight'),
  cost: fc.option(fc.integer({ min: 0, max: 1e9 })),
  outputTokens: fc.integer({ min: 0, max: 5000 }),
  latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0.02, max: 60_000, noNaN: true })),
  ratings: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  grades: fc.array(fc.tuple(fc.constantFrom(1, 2.5, 5), fc.constantFrom('x:1', 'y:2')), { maxLength: 2 }),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

interface Told {
  readonly records: readonly RequestRecord[];
  readonly opinions: ReadonlyMap<string, Opinion>;
}

export function testExperimentSums(check: Check): void {
  check('sums of a test are those of its records at every moment, and outlive them', async (store) => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...UNITS),
        fc.integer({ min: 1, max: 5 }),
        async (requests, unit, size) => {
          await store.reset();
          // Those of an earlier run that are in flight are of another test.
          number += 1;
          const name = `test-${number}`;
          await addTest(store, name, unit);
          const told = await take(store, name, requests, { size, firstId: 100 * number });
          await assertSums(store, name, unit, told);
          for (let fromMs: number | null = 0; fromMs !== null; ) {
            const old: OldRows = {
              beforeMs: SINCE_MS + 90 * DAY_MS,
              fromMs,
              experiments: [],
              nowMs: SINCE_MS,
            };
            fromMs = (await store.retention.deleteOld(old)).nextFromMs;
          }
          await assertSums(store, name, unit, told);
        },
      ),
      { numRuns: runs(15) },
    );
  });

  check(
    'a test of which there were records is summed up with the next one, and its successor anew',
    async (store) => {
      const at = (id: number, atMs: number): SpoolLine => ({
        start: startOf(id, { startedAtMs: atMs, variant: 'a', session: 'x' }),
        end: endOf({ costNanoUsd: 10 ** id }),
      });
      const figures = async (sinceMs: number) => {
        const records = { experiment: 'test', unit: 'session', sinceMs } as const;
        const [a] = await store.analytics.variantFigures(records);
        return [a?.units, a?.requests, a?.cost.sum, a?.cost.sumSquare];
      };
      await store.take([at(1, SINCE_MS), at(2, SINCE_MS + DAY_MS)]);
      await addTest(store, 'test', 'session');
      assert.deepEqual(await figures(SINCE_MS), [1, 2, 110, 110 ** 2]);
      await store.take([at(3, SINCE_MS + HOUR_MS)]);
      assert.deepEqual(await figures(SINCE_MS), [1, 3, 1110, 1110 ** 2]);
      await store.rules.removeRule('experiment', 'test');
      await addTest(store, 'test', 'session', SINCE_MS + HOUR_MS);
      await store.take([at(4, SINCE_MS + HOUR_MS), at(5, SINCE_MS)]);
      assert.deepEqual(await figures(SINCE_MS + HOUR_MS), [1, 3, 11_100, 11_100 ** 2]);
      await store.reset();
      assert.deepEqual(await figures(SINCE_MS + HOUR_MS), [undefined, undefined, undefined, undefined]);
      await store.take([at(6, SINCE_MS + HOUR_MS)]);
      assert.deepEqual(await figures(SINCE_MS + HOUR_MS), [1, 1, 1e6, 1e12]);
    },
  );
}

async function addTest(
  store: StoreUnderTest,
  name: string,
  sticky: DrawnUnit,
  createdAtMs = SINCE_MS,
): Promise<void> {
  const definition = { modelA: 'm1', modelB: 'm2', split: 50, sticky, minSamples: 10, state: 'active' };
  await store.rules.addRule({ kind: 'experiment', name, definition, createdAtMs } as never);
}

async function take(
  store: StoreUnderTest,
  experiment: string,
  requests: readonly Request[],
  { size, firstId }: { readonly size: number; readonly firstId: number },
): Promise<Told> {
  const each = requests.map((given, index) => {
    const { variant, session, app } = given;
    const startedAtMs = SINCE_MS + given.ageMs;
    const start = startOf(firstId + index, {
      startedAtMs,
      variant,
      session,
      app,
      experiment,
      reservedNanoUsd: 7,
    });
    const { cost: costNanoUsd, latencyMs, outputTokens } = given;
    const outcome = given.fate === 'upstream_error' ? 'upstream_error' : 'completed';
    const usage = { ...NO_USAGE, inputTokens: 11, outputTokens };
    return { given, start, end: endOf({ outcome, costNanoUsd, latencyMs, usage, responseId: null }) };
  });
  const killed = each.filter(({ given: { fate } }) => fate === 'late' || fate === 'interrupted');
  if (killed.length > 0) await store.takeFromKilled(killed.map(({ start }) => ({ start })));
  const opinions = new Map<string, Opinion>();
  const rest = each.filter(({ given: { fate } }) => fate !== 'interrupted');
  // Some are rated before they end, the others behind it.
  await giveOpinions(store, killed, opinions, 0);
  for (let from = 0; from < rest.length; from += size)
    await store.take(
      rest
        .slice(from, from + size)
        .map(({ given: { fate }, start, end }) => (fate === 'in_flight' ? { start } : { start, end })),
    );
  await giveOpinions(store, each, opinions, 0);
  await giveOpinions(store, each, opinions, 1);
  const interrupted = endOf({ outcome: 'interrupted', costNanoUsd: 7, latencyMs: 0 });
  const ended = each.filter(({ given: { fate } }) => fate !== 'in_flight');
  return {
    records: ended.map(({ given: { fate }, start, end }) => ({
      ...start,
      ...(fate === 'interrupted' ? interrupted : end),
    })),
    opinions,
  };
}

async function giveOpinions(
  { feedback }: StoreUnderTest,
  requests: readonly { readonly given: Request; readonly start: { readonly id: string } }[],
  opinions: Map<string, Opinion>,
  round: number,
): Promise<void> {
  for (const { given, start } of requests) {
    const [rating, graded] = [given.ratings[round], given.grades[round]];
    const before = opinions.get(start.id) ?? { rating: null, grade: null, judge: null };
    if (rating !== undefined) await feedback.rate(start.id, { rating, atMs: 5 });
    if (graded !== undefined) await feedback.grade(start.id, { grade: graded[0], judge: graded[1], atMs: 5 });
    opinions.set(start.id, {
      rating: rating ?? before.rating,
      grade: graded?.[0] ?? before.grade,
      judge: graded?.[1] ?? before.judge,
    });
  }
}

async function assertSums(
  { analytics }: StoreUnderTest,
  experiment: string,
  unit: DrawnUnit,
  { records, opinions }: Told,
): Promise<void> {
  const all = { experiment, unit, sinceMs: SINCE_MS };
  assert.ok(await analytics.figuresAreWhole(all));
  const looks = LOOKS_MS.flatMap((ageMs) => momentsOf(SINCE_MS, SINCE_MS + ageMs).slice(0, -1));
  for (const untilMs of [null, ...pick(looks, records)]) {
    const within = records.filter(
      ({ startedAtMs }) => startedAtMs >= SINCE_MS && (untilMs === null || startedAtMs < untilMs),
    );
    const asked: ExperimentRecords = untilMs === null ? all : { ...all, untilMs };
    const found = await analytics.variantFigures(asked);
    const variants = ['a', 'b'].flatMap((variant) => {
      const some = within.filter((record) => record.variant === variant);
      return some.length === 0 ? [] : [figuresOf(some, unit, variant, opinions)];
    });
    assert.deepEqual(found.map(exactly), variants.map(exactly), `until ${untilMs}`);
    for (const [index, one] of found.entries()) assertClose(squaresOf(one), squaresOf(variants[index]));
    await assertLatencies(analytics, asked, within);
  }
}

/** The moments around which something happens, and the first and the last. */
function pick(looks: readonly number[], records: readonly RequestRecord[]): readonly number[] {
  const inTime = [...new Set(looks)].toSorted((one, other) => one - other);
  const around = records.flatMap(({ startedAtMs }) => {
    const behind = inTime.findIndex((ms) => ms > startedAtMs);
    return behind < 0 ? [] : [inTime[behind - 1], inTime[behind]];
  });
  const some = [inTime[0], ...around, inTime.at(-1)].filter((ms) => ms !== undefined);
  return [...new Set(some)];
}

const SQUARES = ['sumSquare', 'product'] as const;
const FIGURES = ['cost', 'failures', 'tokens', 'ratings', 'grades'] as const;

function exactly(figures: VariantFigures): unknown {
  const whole = FIGURES.map((name) => {
    const { sumSquare: _, product: __, ...rest } = figures[name];
    return [name, rest];
  });
  return { ...figures, ...Object.fromEntries(whole) };
}

const squaresOf = (figures: VariantFigures | undefined): readonly number[] =>
  FIGURES.flatMap((name) => SQUARES.map((square) => figures?.[name][square] ?? Number.NaN));

function assertClose(found: readonly number[], expected: readonly number[]): void {
  for (const [index, value] of expected.entries())
    assert.ok(
      Math.abs((found[index] ?? Number.NaN) - value) <= TOLERANCE * Math.max(1, Math.abs(value)),
      `${found[index]} for ${value}`,
    );
}

async function assertLatencies(
  analytics: StoreUnderTest['analytics'],
  asked: ExperimentRecords,
  records: readonly RequestRecord[],
): Promise<void> {
  for (const variant of ['a', 'b']) {
    const answers = records.filter((record) => record.variant === variant && record.outcome === 'completed');
    const latencies = answers.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
    const shares = [0.25, 0.5, 1];
    const found = await analytics.latencyQuantiles(asked, variant, shares);
    assert.equal(found.length, latencies.length === 0 ? 0 : shares.length);
    for (const [index, value] of found.entries()) {
      const exact = latencies[Math.max(0, Math.ceil((shares[index] ?? 0) * latencies.length) - 1)] ?? 0;
      const isClose = exact === 0 ? value < 0.01 : value <= exact * SLOT && value >= exact / SLOT;
      assert.ok(isClose, `${value} for ${exact}`);
    }
    const [upTo] = await analytics.latenciesUpTo(asked, variant, [1e9]);
    assert.equal(upTo?.count ?? 0, latencies.length);
    if (latencies.length === 0) continue;
    const counts = [...Map.groupBy(answers, (record) => unitOf(record, asked.unit)).values()];
    const squares = counts.reduce((sum, { length }) => sum + length ** 2, 0);
    assert.deepEqual(upTo, {
      units: counts.length,
      ...{ sum: latencies.length, count: latencies.length },
      ...{ sumSquare: squares, countSquare: squares, product: squares },
    });
  }
}

function unitOf({ id, session, app }: RequestRecord, unit: DrawnUnit): string {
  if (unit === 'app') return app;
  return unit === 'request' ? id : (session ?? id);
}
