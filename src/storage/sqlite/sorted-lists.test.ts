import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  REQUEST_SORTS,
  type RequestFilter,
  type RequestsPage,
  type RequestsQuery,
} from '../../core/analytics.ts';
import type { RequestRecord } from '../../core/record.ts';
import { recordInFlight } from '../../core/record-in-flight.ts';
import { writeCursor } from '../../core/request-cursor.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, LIST_VALUE, startOf } from '../conformance/model.ts';
import { SqlReports } from '../sql/reports.ts';
import { pageOf } from '../sql/request-filter.ts';
import { SortedRequests } from '../sql/sorted-requests.ts';
import type { SqlReader } from '../sql/sql-reader.ts';
import { SqliteDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';
import { numberRequests } from './request-keys.ts';

const DAY_MS = 86_400_000;
const BASE_MS = 20_000 * DAY_MS;
const DAYS = 60;
const REQUESTS = 900;
const PAGE_ROWS = 40;

/** Of every day some, with equal figures among them, and some that run. */
function recordAt(index: number): RequestRecord {
  const start = startOf(index, {
    startedAtMs: BASE_MS + Math.floor((index * DAYS * DAY_MS) / REQUESTS),
    app: index % 3 === 0 ? 'codex' : 'chat',
    modelRequested: index % 5 === 0 ? 'm' : 'other',
    modelSent: null,
  });
  if (index % 50 === 7) return recordInFlight(start);
  const end = endOf({
    modelUsed: start.modelRequested,
    costNanoUsd: index % 11 === 0 ? null : (index * 37) % 101,
    latencyMs: (index * 53) % 211,
    usage: { ...NO_USAGE, outputTokens: (index * 29) % 17 },
  });
  return { ...start, ...end };
}

const RECORDS = Array.from({ length: REQUESTS }, (_, index) => recordAt(index));

async function filled(): Promise<SqliteDatabase> {
  const database = new SqliteDatabase('', ':memory:');
  const lines = RECORDS.map(({ outcome, ...record }) =>
    outcome === 'in_flight'
      ? startLine(startText(record))
      : endLine(startText(record), { ...record, outcome }),
  );
  await new SqliteRecordSink(database.connection).take({ owner: 'a', name: 'a', lines, nextOffset: 0 });
  return database;
}

const RANGE = { fromMs: BASE_MS + 5 * DAY_MS + 12_345, toMs: BASE_MS + 55 * DAY_MS + 54_321 };
const FILTERS: readonly [RequestFilter, (record: RequestRecord) => boolean][] = [
  [{}, () => true],
  [{ app: 'codex' }, ({ app }) => app === 'codex'],
  [{ app: 'chat', model: 'm' }, ({ app, modelRequested }) => app === 'chat' && modelRequested === 'm'],
];

interface Asked {
  readonly reader: SqlReader;
  readonly statementsBeforeSweep?: number;
}

/** Every list, page by page: each record once, in its order. */
async function assertLists({ reader, statementsBeforeSweep }: Asked): Promise<void> {
  for (const sort of REQUEST_SORTS) {
    for (const [filter, fits] of FILTERS) {
      const wanted = RECORDS.filter(
        (each) => each.startedAtMs >= RANGE.fromMs && each.startedAtMs < RANGE.toMs && fits(each),
      )
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
        const query: RequestsQuery = { range: RANGE, filter, sort, limit: PAGE_ROWS, cursor };
        const list = new SortedRequests(reader, query, Number.POSITIVE_INFINITY, statementsBeforeSweep);
        const page = pageOf(await list.rows(), query);
        found.push(...page.records.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.deepEqual(found, wanted, `${sort} ${JSON.stringify(filter)}`);
    }
  }
}

/** Counts the statements that hold a text. */
function counted(reader: SqlReader, text: string): { readonly reader: SqlReader; count(): number } {
  let count = 0;
  const rows: SqlReader['rows'] = (sql, values) => {
    if (sql.includes(text)) count += 1;
    return reader.rows(sql, values);
  };
  return { reader: { ...reader, rows }, count: () => count };
}

test('pages of a sorted list that sweep over the span hold the same rows as the list, each once', async () => {
  const database = await filled();
  const { reader, count } = counted(readerOf(database.connection), 'CROSS JOIN requests');
  // After one statement, where it takes dozens otherwise.
  await assertLists({ reader, statementsBeforeSweep: 1 });
  assert.ok(count() > 0, 'nothing was swept over');
  database.close();
});

test('lists by a filter read what bears the number of a key that matches, and all where some bears none', async () => {
  const database = await filled();
  const numbered = async (): Promise<number> => {
    const { reader, count } = counted(readerOf(database.connection), 'AND key_id IN');
    await assertLists({ reader });
    return count();
  };
  assert.ok((await numbered()) > 0, 'nothing was found by its key');
  // As of a version before, or of another store.
  database.connection.exec("UPDATE requests SET key_id = NULL WHERE id LIKE '%5'");
  assert.equal(await numbered(), 0);
  numberRequests(database.connection);
  assert.ok((await numbered()) > 0, 'the numbers were not given back');
  const sql = "SELECT count(*) AS n FROM requests WHERE (key_id IS NULL) <> (outcome = 'in_flight')";
  assert.equal(database.connection.prepare(sql).get()?.n, 0);
  database.close();
});

test('lists hold what began while the clock was wrong, each once and in its place, whatever its ids say', async () => {
  const database = new SqliteDatabase('', ':memory:');
  const hours = [0, -48, 48, 1, -1];
  const records = Array.from({ length: 50 }, (_, index) => {
    const offMs = (hours[Math.floor(index / 10)] ?? 0) * 3_600_000;
    const app = index % 2 === 0 ? 'codex' : 'chat';
    const end = endOf({ latencyMs: index % 3, costNanoUsd: null, usage: NO_USAGE });
    return { ...startOf(index, { startedAtMs: BASE_MS + index * 1000 + offMs, app }), ...end };
  });
  const lines = records.map((record) => endLine(startText(record), record));
  await new SqliteRecordSink(database.connection).take({ owner: 'a', name: 'a', lines, nextOffset: 0 });
  const reports = new SqlReports(readerOf(database.connection), 0);
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  for (const [sort, filter] of REQUEST_SORTS.flatMap((each) =>
    [{}, { app: 'codex' }, { text: '0' }].map((some: RequestFilter) => [each, some] as const),
  )) {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: RequestsPage = await reports.requests({ range, filter, sort, limit: 7, cursor });
      found.push(...page.records.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    // Of many, a text is looked for from the newest back.
    const value = LIST_VALUE[filter.text === undefined ? sort : 'time'];
    const wanted = records
      .filter(({ app }) => (filter.app ?? app) === app)
      .sort((a, b) => value(b) - value(a) || b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
    assert.deepEqual(found, wanted, `${sort} ${JSON.stringify(filter)}`);
  }
  // No list of many by a text was ever sorted otherwise: to look for its place would take all of them.
  const cursor = writeCursor({ value: 1, startedAtMs: BASE_MS, id: 'a' }, 'cost');
  const query = { range, filter: { text: '0' }, sort: 'cost', limit: 7, cursor } as const;
  await assert.rejects(() => reports.requests(query), { code: 'invalid_argument', message: /^cursor=/ });
  database.close();
});
