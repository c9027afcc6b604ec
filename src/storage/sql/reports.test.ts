import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { FILTER_NAMES, REQUEST_SORTS, type RequestFilter } from '../../core/analytics.ts';
import { writeCursor } from '../../core/request-cursor.ts';
import { idOf } from '../conformance/model.ts';
import { reportStatement } from '../oracle/report-statement.ts';
import { SqliteDatabase } from '../sqlite/database.ts';
import { readerOf } from '../sqlite/reader.ts';
import { SqlReports } from './reports.ts';

const MARK = 'Zq9';
const QUOTED = [`${MARK}' OR '1'='1`, `${MARK}"; --`, `${MARK}?1:p1`, String.raw`${MARK}\%_`, `[${MARK}/*`];

test('no text of a question is in a statement, of any store: with another text it is the same', async (context) => {
  const database = new SqliteDatabase('', ':memory:');
  context.after(() => database.close());
  const statementsOf = recorded(database.connection);
  const filters = fc.uniqueArray(fc.constantFrom(...FILTER_NAMES), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      filters,
      fc.constantFrom(...REQUEST_SORTS),
      fc.boolean(),
      fc.constantFrom(...QUOTED),
      fc.constantFrom('LIKE', 'ILIKE'),
      async (names, sort, isByRollups, text, like) => {
        // Of many, a text is looked for by time.
        const list = isByRollups && names.includes('text') ? 'time' : sort;
        const asked = (given: string) =>
          askAll({ names, sort: list, given }, statementsOf(like, isByRollups ? -1 : 1e9));
        const [odd, plain] = [await asked(text), await asked('plain')];
        assert.deepEqual(odd, plain);
        assert.ok(odd.length > 10 && odd.every((sql) => !sql.includes(MARK)));
      },
    ),
    { numRuns: 20 },
  );
});

interface Asked {
  readonly names: readonly (typeof FILTER_NAMES)[number][];
  readonly sort: (typeof REQUEST_SORTS)[number];
  readonly given: string;
}

/** Every question of the port; what a store would say of a faulty one is no matter here. */
async function askAll({ names, sort, given }: Asked, begin: () => Begun): Promise<readonly string[]> {
  const { reports, statements } = begin();
  const range = { fromMs: 0, toMs: 100 * 86_400_000 };
  const filter: RequestFilter = Object.fromEntries(names.map((name) => [name, given]));
  const by = `tag:${given.replace(/[\s=,]/g, '')}` as const;
  const cursor = writeCursor({ value: 5, startedAtMs: 90 * 86_400_000, id: idOf(1) }, sort);
  const records = { experiment: given, unit: 'session', sinceMs: 0 } as const;
  await reports.summary(range, filter);
  await reports.breakdown(range, by, 5, filter);
  await reports.breakdown(range, 'session', 5, filter);
  await reports.dearestSessions(range, 5, filter);
  await reports.series(range, 3_600_000, filter);
  await reports.timings(range, 3_600_000, filter);
  await reports.stacks(range, 3_600_000, by, 5, filter);
  await reports.requests({ range, filter, sort, limit: 5, cursor });
  await reports.sessions(range, 5, filter);
  await reports.variantFigures(records);
  await reports.latencyQuantiles(records, given, [0.5]);
  await reports.request(given);
  await reports.recent({ limit: 5, beforeId: given });
  await reports.changesOfOthers(given, 0, 5);
  return statements;
}

interface Begun {
  readonly reports: SqlReports;
  readonly statements: readonly string[];
}

/** SQLite answers, in whatever words it is asked; Oracle's statements are made of the same texts. */
function recorded(connection: DatabaseSync) {
  const reader = readerOf(connection);
  return (like: string, exactRowsMax: number) => (): Begun => {
    const statements: string[] = [];
    const reports = new SqlReports(
      {
        like,
        hasListIndex: like === 'LIKE',
        hasKeyIndex: like === 'LIKE',
        hasOrder: like === 'LIKE',
        rows: (sql, values) => {
          statements.push(sql, reportStatement(sql, values).statement.sql);
          return reader.rows(sql.replaceAll(' ILIKE ', ' LIKE '), values);
        },
      },
      exactRowsMax,
    );
    return { reports, statements };
  };
}
