// What every store must do when it deletes old requests: sums stay, for reports and for budgets, and none is taken in
// again.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BreakdownDimension, RequestFilter, TimeRange } from '../../core/analytics.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { Scope, SharedBy } from '../../ledger/budget.ts';
import type { SpendQuery } from '../../ledger/ports.ts';
import type { SpoolLine } from '../../record/spool-line.ts';
import { type Check, endOf, idOf, runs, type StoreUnderTest, startOf } from './model.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A midnight, UTC. */
const BASE_MS = 20_000 * DAY_MS;
const NOW_MS = BASE_MS + 500 * DAY_MS;
const ANY: Scope = { app: null, model: null, tag: null };

const moment = fc
  .tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom(0, 1, 23),
    fc.constantFrom(0, 14, 30),
    fc.constantFrom(0, 7),
  )
  .map(([day, hour, minute, ms]) => BASE_MS + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + ms);
const request = fc.record({
  startedAtMs: moment,
  reservedLaterMs: fc.constantFrom(null, 20 * MINUTE_MS, 26 * HOUR_MS),
  reservedNanoUsd: fc.constantFrom(null, 50),
  app: fc.constantFrom('app', 'tool'),
  tag: fc.constantFrom('team=a', 'feature=x,team=b', null),
  session: fc.constantFrom('s1', 's2', null),
  user: fc.constantFrom('ada', null),
  modelSent: fc.constantFrom('m1', null),
  modelUsed: fc.constantFrom('m1', 'm2', null),
  outcome: fc.constantFrom('completed', 'upstream_error', 'refused'),
  cost: fc.option(fc.integer({ min: 0, max: 1e9 })),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const FILTERS: readonly RequestFilter[] = [
  {},
  { app: 'app' },
  { tag: 'team=b' },
  { model: 'm1' },
  { outcome: 'failed' },
  { session: 's1' },
];
const SCOPES: readonly Scope[] = [
  ANY,
  { ...ANY, app: 'app' },
  { ...ANY, tag: 'team=b' },
  { ...ANY, model: 'm*' },
  { ...ANY, user: 'ada' },
  { ...ANY, session: 's1' },
];
const DIMENSIONS: readonly BreakdownDimension[] = ['model', 'app', 'tag', 'session', 'outcome', 'tag:team'];
const PER: readonly (SharedBy | null)[] = [null, 'session', 'user', 'app'];

/** Each run asks some of all that can be asked, before and behind a deletion: a database answers some hundred a second. */
const reportQuestion = fc.record({
  span: fc.constantFrom('all', 'before', 'behind'),
  filter: fc.constantFrom(...FILTERS),
  by: fc.constantFrom(...DIMENSIONS),
});
const spendQuestion = fc.record({
  scope: fc.constantFrom(...SCOPES),
  per: fc.constantFrom(...PER),
  fromMs: fc.constantFrom(0, BASE_MS + DAY_MS + 900_000),
});
const questions = fc
  .tuple(
    fc.array(reportQuestion, { minLength: 8, maxLength: 8 }),
    fc.array(spendQuestion, { minLength: 6, maxLength: 6 }),
  )
  .map((some) => some.flat());
type Question = typeof questions extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

export function testRetention(check: Check): void {
  check('what is deleted stays in every report and every budget', async (store) => {
    let first = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 72 }),
        questions,
        async (requests, hours, asked) => {
          await store.reset();
          first += 100;
          await store.take(requests.map((each, index) => lineOf(each, first * 1000 + index)));
          const cutMs = BASE_MS + hours * HOUR_MS;
          const before = await told(store, cutMs, asked);
          const deleted = await deleteAll(store, cutMs);
          const old = requests.filter(({ startedAtMs }) => startedAtMs < cutMs);
          assert.equal(deleted, old.length);
          assert.equal(await store.analytics.rowsFromMs(), old.length === 0 ? 0 : cutMs);
          assert.deepEqual(await told(store, cutMs, asked), before);
          const left = await store.analytics.recent({ limit: 100 });
          assert.equal(left.length, requests.length - old.length);
        },
      ),
      { numRuns: runs(15) },
    );
  });

  check(
    'spans that follow each other add up where no records are left, wherever they meet',
    async (store) => {
      const { analytics, take } = store;
      await take(
        Array.from({ length: 40 }, (_, index) => ({
          start: startOf(index, { startedAtMs: BASE_MS + index * 7 * MINUTE_MS + index }),
          end: endOf({ costNanoUsd: 2 ** index }),
        })),
      );
      await deleteAll(store, BASE_MS + 4 * HOUR_MS);
      const cost = async (range: TimeRange, filter: RequestFilter): Promise<number> =>
        (await analytics.summary(range, filter)).costNanoUsd;
      const [fromMs, toMs] = [BASE_MS - DAY_MS, BASE_MS + DAY_MS];
      for (const filter of [{}, { app: 'app' }, { session: 's' }])
        for (const meetMs of [77_777, 900_000, 1_234_567, 5 * HOUR_MS + 1].map((ms) => BASE_MS + ms)) {
          const parts = [
            await cost({ fromMs, toMs: meetMs }, filter),
            await cost({ fromMs: meetMs, toMs }, filter),
          ];
          assert.equal(
            (parts[0] ?? 0) + (parts[1] ?? 0),
            2 ** 40 - 1,
            `${JSON.stringify(filter)} at ${meetMs}`,
          );
        }
    },
  );

  check('a deleted request that comes again is not taken in again, nor is what it charged', async (store) => {
    const at = { startedAtMs: BASE_MS };
    const usage = { ...NO_USAGE, outputTokens: 5 };
    const end = endOf({ billingKey: 'response:r', usage });
    const lines: SpoolLine[] = [{ start: startOf(1, at) }, { start: startOf(1, at), end }];
    const killed: SpoolLine = { start: startOf(2, { ...at, reservedNanoUsd: 9 }) };
    await store.take(lines);
    await store.takeFromKilled([killed]);
    assert.equal(await deleteAll(store, BASE_MS + HOUR_MS), 2);
    await store.take(lines);
    await store.take([{ start: killed.start, end: endOf({ costNanoUsd: 3 }) }]);
    // The same usage, fetched again later.
    await store.take([{ start: startOf(3, { startedAtMs: NOW_MS }), end }]);
    const all = await store.analytics.summary({ fromMs: 0, toMs: 2 * NOW_MS });
    assert.deepEqual([all.requests, all.costNanoUsd, all.outputTokens], [3, 109, 5]);
    assert.deepEqual(
      (await store.analytics.recent({ limit: 9 })).map(({ id, costNanoUsd }) => [id, costNanoUsd]),
      [[idOf(3), 0]],
    );
    assert.equal((await spentBy(store, {})).costNanoUsd, 109);
    // What was never here comes late, and counts.
    await store.take([{ start: startOf(4, at), end: endOf({ costNanoUsd: 1 }) }]);
    assert.equal((await spentBy(store, {})).costNanoUsd, 110);
    assert.equal(await deleteAll(store, BASE_MS + HOUR_MS), 1);
    assert.equal((await spentBy(store, {})).costNanoUsd, 110);
    assert.equal((await store.analytics.summary({ fromMs: 0, toMs: 2 * NOW_MS })).costNanoUsd, 110);
  });

  check('what runs stays, and so do the requests of a test that runs', async (store) => {
    const at = { startedAtMs: BASE_MS };
    await store.take([
      { start: startOf(1, at) },
      { start: startOf(2, { ...at, experiment: 'runs' }), end: endOf() },
      { start: startOf(3, { ...at, experiment: 'ended' }), end: endOf() },
      { start: startOf(4, { ...at, experiment: null }), end: endOf() },
    ]);
    await store.feedback.rate(idOf(4), { rating: 4, atMs: 9 });
    assert.equal(await deleteAll(store, BASE_MS + HOUR_MS, ['runs', "o'brien"]), 2);
    assert.deepEqual(
      (await store.analytics.recent({ limit: 9 })).map(({ id }) => id),
      [idOf(2), idOf(1)],
    );
    assert.equal(await store.feedback.rate(idOf(4), { rating: 4, atMs: 9 }), null);
    await store.take([{ start: startOf(1, at), end: endOf() }]);
    const all = await store.analytics.summary({ fromMs: 0, toMs: NOW_MS });
    assert.deepEqual([all.requests, all.inFlightRequests, all.costNanoUsd], [4, 0, 400]);
    assert.equal((await spentBy(store, {})).costNanoUsd, 400);
  });

  check('what was deleted is told by itself, and a reset forgets it', async (store) => {
    const lines = [BASE_MS, NOW_MS].map((startedAtMs, index) => ({
      start: startOf(index, { startedAtMs }),
      end: endOf({ costNanoUsd: 3 + index }),
    }));
    await store.take(lines);
    await deleteAll(store, BASE_MS + HOUR_MS);
    assert.equal((await spentBy(store, { deletedOnly: true })).costNanoUsd, 3);
    assert.equal((await spentBy(store, {})).costNanoUsd, 7);
    await store.reset();
    assert.equal((await spentBy(store, {})).costNanoUsd, 0);
    assert.equal(await store.analytics.rowsFromMs(), 0);
  });
}

async function deleteAll(
  { retention }: StoreUnderTest,
  beforeMs: number,
  experiments: readonly string[] = [],
): Promise<number> {
  let deleted = 0;
  for (let fromMs: number | null = 0; fromMs !== null; ) {
    const some = await retention.deleteOld({ beforeMs, fromMs, experiments, nowMs: NOW_MS });
    deleted += some.deleted;
    fromMs = some.nextFromMs;
  }
  return deleted;
}

function lineOf(given: Request, number: number): SpoolLine {
  const { startedAtMs, reservedLaterMs, reservedNanoUsd, app, tag, session, user, modelSent } = given;
  const reservedAtMs = reservedLaterMs === null ? null : startedAtMs + reservedLaterMs;
  return {
    start: startOf(number, {
      ...{ startedAtMs, reservedAtMs, reservedNanoUsd, app, tag, session, user, modelSent },
      modelRequested: modelSent,
    }),
    end: endOf({ outcome: given.outcome, modelUsed: given.modelUsed, costNanoUsd: given.cost }),
  };
}

async function spentBy({ budgets }: StoreUnderTest, query: Partial<SpendQuery>) {
  const whole = { scope: ANY, fromMs: 0, toMs: Number.POSITIVE_INFINITY, unsettledIds: [], ...query };
  const [spent] = await budgets.spentSoFar([whole]);
  assert.ok(spent !== undefined);
  return spent;
}

/** What is told of whole hours. */
async function told(store: StoreUnderTest, cutMs: number, questions: readonly Question[]): Promise<unknown> {
  const some: unknown[] = [];
  for (const question of questions) some.push({ question, answer: await answerTo(store, cutMs, question) });
  return some;
}

async function answerTo(store: StoreUnderTest, cutMs: number, question: Question): Promise<unknown> {
  const { analytics } = store;
  if ('scope' in question) {
    const spent = await spentBy(store, question);
    // Whose requests cost nothing is in no budget.
    const shares = (spent.shares ?? []).filter((each) => each.costNanoUsd + each.unpricedRequests > 0);
    return { ...spent, shares: byKey(shares) };
  }
  const { filter, by } = question;
  const range = {
    all: { fromMs: 0, toMs: NOW_MS },
    before: { fromMs: BASE_MS + DAY_MS, toMs: cutMs + HOUR_MS },
    behind: { fromMs: cutMs, toMs: NOW_MS },
  }[question.span];
  if (range.fromMs >= range.toMs) return null;
  const { latencyMs: _, timeToFirstByteMs: __, ...totals } = await analytics.summary(range, filter);
  const rows = byKey(await analytics.breakdown(range, by, 100, filter));
  return { totals, rows, days: await analytics.series(range, DAY_MS, filter) };
}

const byKey = <T extends object>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
