// What budgets count is the same from its sums as from the records, whatever became of these.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RequestStart } from '../../core/record.ts';
import { tagTest } from '../../core/tag.ts';
import type { SharedBy } from '../../ledger/budget.ts';
import type { SpendQuery, SpentSoFar } from '../../ledger/ports.ts';
import { ANY_MODEL, scopeCharges } from '../../ledger/scope-matcher.ts';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, idOf, runs, startOf } from '../conformance/model.ts';
import { SqliteBudgetBank } from './budget-bank.ts';
import { SqliteDatabase } from './database.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { SqliteRetention } from './retention.ts';
import { SqliteSpendSums } from './spend-sums.ts';

const MINUTE_MS = 60_000;
const BASE_MS = 480_000 * 60 * MINUTE_MS;
const OWNER = 'this';

/** On, before and behind the ends of quarters, hours and days. */
const moment = fc
  .tuple(fc.constantFrom(-1, 0, 1), fc.constantFrom(0, 5, 15, 30, 60, 75, 24 * 60, 25 * 60, 49 * 60))
  .map(([ms, minutes]) => BASE_MS + minutes * MINUTE_MS + ms);
const request = fc.record({
  startedAtMs: moment,
  waitedMs: fc.constantFrom(null, 0, 1, 20_000),
  fate: fc.constantFrom('completed', 'completed', 'refused', 'interrupted', 'late', 'in_flight'),
  owner: fc.constantFrom(OWNER, 'earlier'),
  app: fc.constantFrom('app', 'tool'),
  user: fc.constantFrom('ada', null),
  accessKey: fc.constantFrom('ci', null),
  session: fc.constantFrom('s', null),
  tag: fc.constantFrom('team=a', 'feature=x,team=b', null),
  modelRequested: fc.constantFrom('m1', 'm2', null),
  modelUsed: fc.constantFrom('m1', 'm3', null),
  reservedNanoUsd: fc.constantFrom(null, 3, 100),
  costNanoUsd: fc.constantFrom(null, 0, 7, 150),
  listCostNanoUsd: fc.constantFrom(null, 5),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const query = fc.record({
  from: moment,
  until: moment,
  scope: fc.record({
    app: fc.constantFrom(null, null, 'app'),
    user: fc.constantFrom(null, null, 'ada'),
    key: fc.constantFrom(null, null, 'ci'),
    session: fc.constantFrom(null, null, null, 's'),
    tag: fc.constantFrom(null, null, 'team=b'),
    model: fc.constantFrom(null, null, 'm1', 'm*'),
  }),
  per: fc.constantFrom<SharedBy | null>(null, 'app', 'user', 'key', 'session'),
  cut: fc.option(moment),
  unsettled: fc.subarray([0, 1, 2, 3].map(idOf)),
});

/** As a server's life may leave them: what was killed, what came late, and what is old and deleted. */
async function live(
  database: SqliteDatabase,
  requests: readonly Request[],
  deletedBeforeMs: number | null,
): Promise<void> {
  const sink = new SqliteRecordSink(database.connection);
  const take = (owner: string, line: string): Promise<number> =>
    sink.take({ owner, name: owner, lines: [line], nextOffset: 0 });
  for (const [
    index,
    { waitedMs, fate, owner, costNanoUsd, listCostNanoUsd, modelUsed, ...facts },
  ] of requests.entries()) {
    const with_: Partial<RequestStart> = {
      ...facts,
      reservedAtMs: waitedMs === null ? null : facts.startedAtMs + waitedMs,
      modelSent: null,
      experiment: null,
    };
    const start = startOf(index, with_);
    const isKilled = fate === 'interrupted' || fate === 'late';
    const process = isKilled ? `killed-${index}` : owner;
    await take(process, startLine(startText(start)));
    if (isKilled) await sink.interrupt(process);
    if (fate === 'in_flight' || fate === 'interrupted') continue;
    const isRefused = fate === 'refused';
    const known = isRefused ? null : listCostNanoUsd;
    const outcome = isRefused ? 'refused' : 'completed';
    await take(
      process,
      endLine(startText(start), endOf({ outcome, costNanoUsd, listCostNanoUsd: known, modelUsed })),
    );
  }
  if (deletedBeforeMs === null) return;
  const old = { beforeMs: deletedBeforeMs, fromMs: 0, experiments: [], nowMs: BASE_MS };
  await new SqliteRetention(database.connection).deleteOld(old);
}

type Sums = Omit<SpentSoFar, 'shares'>;
const NOTHING: Sums = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };

/** Row by row. */
function counted(database: SqliteDatabase, { scope, fromMs, toMs, per, own, unsettledIds }: SpendQuery) {
  const rows = database.connection.prepare('SELECT * FROM requests').all();
  const gone = database.connection.prepare('SELECT * FROM deleted_spend').all();
  const untilMs = own?.untilMs ?? toMs;
  const shares = new Map<unknown, Sums>();
  let all = NOTHING;
  for (const row of [...rows, ...gone]) {
    const isGone = 'paid_at_ms' in row;
    const paidMs = Number(row.paid_at_ms ?? row.reserved_at_ms ?? row.started_at_ms);
    if (paidMs < fromMs || paidMs >= untilMs) continue;
    if (own !== undefined && row.owner === OWNER && paidMs >= toMs) continue;
    if (unsettledIds.includes(String(row.id)) && !isGone) continue;
    const { user = null, session = null, key = null, tag, app } = scope;
    if (user !== null && row.user_name !== user) continue;
    if (session !== null && row.session !== session) continue;
    if (key !== null && row.access_key !== key) continue;
    if (app !== null && row.app !== app) continue;
    if (tag !== null && !tagTest(tag)(row.tag as string | null)) continue;
    const asked = (row.model_sent ?? row.model_requested ?? ANY_MODEL) as string;
    const facets = { app: String(row.app), tag: null, model: asked };
    if (
      !scopeCharges(
        { ...scope, user: null, session: null, key: null, tag: null },
        facets,
        row.model_used as string | null,
      )
    )
      continue;
    const owed = Number(row.cost_nano_usd ?? row.list_cost_nano_usd ?? 0);
    const [cost, reserved] = [owed, row.reserved_nano_usd];
    const isRunning = row.outcome === 'in_flight';
    const isUnpriced = !isRunning && row.outcome !== 'refused' && row.cost_nano_usd === null;
    const own_: Sums = {
      costNanoUsd: isRunning ? 0 : cost,
      reservedNanoUsd: isRunning ? Number(reserved ?? 0) : 0,
      unpricedRequests: isGone ? Number(row.unpriced) : Number(isUnpriced),
      overrunNanoUsd: isGone
        ? Number(row.overrun_nano_usd)
        : isRunning || reserved == null || (row.cost_nano_usd === null && !isGone)
          ? 0
          : Math.max(0, cost - Number(reserved)),
    };
    all = added(all, own_);
    const column = { session: 'session', user: 'user_name', key: 'access_key', app: 'app' }[per ?? 'app'];
    shares.set(row[column] ?? null, added(shares.get(row[column] ?? null) ?? NOTHING, own_));
  }
  return per == null ? all : { ...all, shares };
}

const added = (one: Sums, other: Sums): Sums => ({
  costNanoUsd: one.costNanoUsd + other.costNanoUsd,
  reservedNanoUsd: one.reservedNanoUsd + other.reservedNanoUsd,
  unpricedRequests: one.unpricedRequests + other.unpricedRequests,
  overrunNanoUsd: one.overrunNanoUsd + other.overrunNanoUsd,
});

/** Shares that come to nothing may be told or not. */
function comparable({ shares, ...sums }: SpentSoFar): unknown {
  if (shares === undefined) return sums;
  const some = shares
    .map(({ share, ...each }) => [share, each] as const)
    .filter(([, each]) => Object.values(each).some((figure) => figure !== 0));
  return { ...sums, shares: new Map(some) };
}

const keptIn = ({ connection }: SqliteDatabase): unknown =>
  ['spend_sums', 'spend_sessions'].map((table) =>
    connection
      .prepare(
        `SELECT ${table}.*, key, NULL AS key_id FROM ${table} JOIN spend_keys ON id = key_id
          WHERE cost_nano_usd <> 0 OR unpriced <> 0 ORDER BY 1, 2, key`,
      )
      .all(),
  );

test('what was spent is the same from sums as from the records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 12 }),
      fc.option(moment),
      fc.array(query, { minLength: 1, maxLength: 8 }),
      async (requests, deletedBeforeMs, queries) => {
        const database = new SqliteDatabase('', ':memory:');
        try {
          await live(database, requests, deletedBeforeMs);
          const bank = new SqliteBudgetBank(database.connection, OWNER);
          for (const { from, until, cut, unsettled, scope, per } of queries) {
            const [fromMs, untilMs] = [Math.min(from, until), Math.max(from, until) + 1];
            const asked: SpendQuery = {
              ...{ scope, per, fromMs, unsettledIds: unsettled },
              ...(cut === null ? { toMs: untilMs } : { toMs: cut, own: { untilMs } }),
            };
            const [spent] = await bank.spentSoFar([asked]);
            const expected = counted(database, asked);
            if ('shares' in expected)
              for (const [share, sums] of expected.shares)
                if (Object.values(sums).every((figure) => figure === 0)) expected.shares.delete(share);
            assert.deepEqual(comparable(spent as SpentSoFar), expected);
          }
          const kept = keptIn(database);
          new SqliteSpendSums(database.connection).rebuild();
          assert.deepEqual(keptIn(database), kept);
        } finally {
          database.close();
        }
      },
    ),
    { numRuns: runs(150) },
  );
});
