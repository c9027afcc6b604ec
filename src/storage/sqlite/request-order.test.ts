// Lists in their order, hour by hour: what is written as requests come, end late, change and go is what there is, and
// each page of a list holds its requests, each once, also of those that are equal and begun at the same time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestFilter, RequestsQuery } from '../../core/analytics.ts';
import type { RequestRecord } from '../../core/record.ts';
import { recordInFlight } from '../../core/record-in-flight.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, LIST_VALUE, startOf } from '../conformance/model.ts';
import { LISTS, OrderedRequests } from '../sql/ordered-requests.ts';
import { pageOf } from '../sql/request-filter.ts';
import { SqliteDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { SqliteRequestOrder } from './request-order.ts';
import { SqliteRetention } from './retention.ts';

const HOUR_MS = 3_600_000;
const BASE_MS = 20_000 * 24 * HOUR_MS;
const HOURS = 10;
const REQUESTS = 3000;
const AT_ONCE = 5;
const PAGE_ROWS = 333;

/** Some begin within a second, those with the greater id first, and many figures are equal. */
function recordAt(index: number): RequestRecord {
  const [group, place] = [Math.floor(index / AT_ONCE), index % AT_ONCE];
  const start = startOf(group * AT_ONCE + AT_ONCE - place, {
    startedAtMs: BASE_MS + Math.floor((group * HOURS * HOUR_MS * AT_ONCE) / REQUESTS) + place * 180,
    app: group % 3 === 0 ? 'codex' : 'chat',
  });
  if (index % 100 === 7) return recordInFlight(start);
  const costNanoUsd = index % 11 === 0 ? null : (group * 37) % 7;
  const usage = { ...NO_USAGE, outputTokens: (group * 29) % 3 };
  return { ...start, ...endOf({ costNanoUsd, latencyMs: (index * 53) % 211, usage }) };
}

const lineOf = ({ outcome, ...record }: RequestRecord): string =>
  outcome === 'in_flight' ? startLine(startText(record)) : endLine(startText(record), { ...record, outcome });

async function filled() {
  const records = Array.from({ length: REQUESTS }, (_, index) => recordAt(index));
  const database = new SqliteDatabase('', ':memory:');
  const sink = new SqliteRecordSink(database.connection);
  const take = (lines: readonly string[]) => sink.take({ owner: 'a', name: 'a', lines, nextOffset: 0 });
  const lines = records.map(lineOf);
  // In batches that are longer and shorter than what is put in order at once.
  await take(lines.slice(0, 2500));
  for (let first = 2500; first < REQUESTS; first += 20) await take(lines.slice(first, first + 20));
  return { records, database, sink, take };
}

/** As it is, and as it is when it is made anew. */
function assertInOrder({ connection }: SqliteDatabase): void {
  const untilMs = Number(connection.prepare('SELECT until_ms AS ms FROM request_order_state').get()?.ms);
  assert.ok(untilMs > BASE_MS + (HOURS - 2) * HOUR_MS, 'hardly anything is in order');
  const all = () =>
    connection
      .prepare(`SELECT * FROM request_order WHERE hour < ${Math.floor(untilMs / HOUR_MS)}`)
      .all()
      .map((row) => ({ ...row }));
  const kept = all();
  assert.ok(kept.length > 0);
  new SqliteRequestOrder(connection).rebuild();
  assert.deepEqual(kept, all());
}

test('what is in order is what ended, also where it ended late, changed or was deleted', async () => {
  const { records, database, sink, take } = await filled();
  assertInOrder(database);
  const running = records.filter(({ outcome }) => outcome === 'in_flight');
  const end = endOf({ costNanoUsd: 3, latencyMs: 5 });
  const late = running.slice(0, 10).map((record) => ({ ...record, ...end }));
  await take(late.map(lineOf));
  await sink.interrupt('a');
  // One that was given up ends after all, and one comes of which nothing was known.
  const unknown = startOf(REQUESTS + AT_ONCE + 1, { startedAtMs: BASE_MS + HOUR_MS });
  await take([
    ...running.slice(10, 15).map((record) => lineOf({ ...record, ...end })),
    lineOf({ ...unknown, ...end }),
  ]);
  assertInOrder(database);
  const retention = new SqliteRetention(database.connection);
  const beforeMs = BASE_MS + 2 * HOUR_MS;
  await retention.deleteOld({ beforeMs, fromMs: 0, experiments: [], nowMs: BASE_MS + HOURS * HOUR_MS });
  assertInOrder(database);
  database.reset();
  assert.equal(database.connection.prepare('SELECT count(*) AS n FROM request_order').get()?.n, 0);
  database.close();
});

test('pages of a list that is in order hold its requests, each once', async () => {
  const { records, database } = await filled();
  const range = { fromMs: BASE_MS + 20 * 60_000, toMs: BASE_MS + (HOURS - 1) * HOUR_MS + 12_345 };
  const filters: readonly [RequestFilter, (record: RequestRecord) => boolean][] = [
    [{}, () => true],
    [{ app: 'codex' }, ({ app }) => app === 'codex'],
  ];
  for (const sort of LISTS) {
    for (const [filter, fits] of filters) {
      const wanted = records
        .filter((each) => each.startedAtMs >= range.fromMs && each.startedAtMs < range.toMs && fits(each))
        .sort(
          (a, b) =>
            LIST_VALUE[sort](b) - LIST_VALUE[sort](a) ||
            b.startedAtMs - a.startedAtMs ||
            (a.id < b.id ? 1 : -1),
        )
        .map(({ id }) => id);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const query: RequestsQuery = { range, filter, sort, limit: PAGE_ROWS, cursor };
        const rows = await new OrderedRequests(readerOf(database.connection), query).rows();
        assert.ok(rows !== null);
        const page = pageOf(rows, query);
        found.push(...page.records.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.deepEqual(found, wanted, `${sort} ${JSON.stringify(filter)}`);
    }
  }
  database.close();
});

test('what a clock that is ahead has begun does not put the requests to come in order one by one', async () => {
  const { database, take } = await filled();
  const until = (): number =>
    Number(database.connection.prepare('SELECT until_ms AS ms FROM request_order_state').get()?.ms);
  const start = startOf(REQUESTS + 2 * AT_ONCE, { startedAtMs: Date.now() + 24 * HOUR_MS });
  await take([lineOf({ ...start, ...endOf() })]);
  assert.ok(until() < Date.now());
  new SqliteRequestOrder(database.connection).rebuild();
  assert.ok(until() < Date.now());
  // Before that moment there is nothing more to come.
  assert.ok(until() > BASE_MS);
  database.close();
});
