import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestFilter, RequestSort, RequestsQuery } from '../../core/analytics.ts';
import type { RequestRecord } from '../../core/record.ts';
import { recordInFlight } from '../../core/record-in-flight.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { endLine, startLine, startText } from '../../record/spool-line.ts';
import { endOf, LIST_VALUE, startOf } from '../conformance-model.ts';
import { pageOf } from '../sql/request-filter.ts';
import { SortedRequests } from '../sql/sorted-requests.ts';
import { SqliteDatabase } from './database.ts';
import { readerOf } from './reader.ts';
import { SqliteRecordSink } from './record-sink.ts';

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

test('pages of a sorted list that sweep over the span hold the same rows as the list, each once', async () => {
  const records = Array.from({ length: REQUESTS }, (_, index) => recordAt(index));
  const database = new SqliteDatabase('', ':memory:');
  const lines = records.map(({ outcome, ...record }) =>
    outcome === 'in_flight'
      ? startLine(startText(record))
      : endLine(startText(record), { ...record, outcome }),
  );
  await new SqliteRecordSink(database.connection).take({ owner: 'a', name: 'a', lines, nextOffset: 0 });
  const reader = readerOf(database.connection);
  let sweeps = 0;
  const watched = {
    ...reader,
    rows: (...asked: Parameters<typeof reader.rows>) => {
      if (asked[0].includes('CROSS JOIN requests')) sweeps += 1;
      return reader.rows(...asked);
    },
  };
  const range = { fromMs: BASE_MS + 5 * DAY_MS + 12_345, toMs: BASE_MS + 55 * DAY_MS + 54_321 };
  const filters: readonly [RequestFilter, (record: RequestRecord) => boolean][] = [
    [{}, () => true],
    [{ app: 'codex' }, ({ app }) => app === 'codex'],
    [{ app: 'chat', model: 'm' }, ({ app, modelRequested }) => app === 'chat' && modelRequested === 'm'],
  ];
  for (const sort of ['cost', 'latency', 'tokens'] as const satisfies readonly RequestSort[]) {
    for (const [filter, fits] of filters) {
      const wanted = records
        .filter((each) => each.startedAtMs >= range.fromMs && each.startedAtMs < range.toMs && fits(each))
        .sort((a, b) => LIST_VALUE[sort](b) - LIST_VALUE[sort](a) || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id);
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const query: RequestsQuery = { range, filter, sort, limit: PAGE_ROWS, cursor };
        // After one statement, where it takes dozens otherwise.
        const rows = await new SortedRequests(watched, query, Number.POSITIVE_INFINITY, 1).rows();
        const page = pageOf(rows, query);
        found.push(...page.records.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.deepEqual(found, wanted, `${sort} ${JSON.stringify(filter)}`);
    }
  }
  assert.ok(sweeps > 0, 'nothing was swept over');
  database.close();
});
