// The statements of reports, which are made of their questions: every report is asked here with every part of a filter,
// every order and every shape of a span, and what it would send is written down.

import {
  BREAKDOWN_DIMENSIONS,
  type BreakdownDimension,
  type RequestFilter,
  type RequestSort,
  type TimeRange,
} from '../../../core/analytics.ts';
import { writeCursor } from '../../../core/request-cursor.ts';
import { newVariant, variantText } from '../../rollup/experiment-sums.ts';
import type { Row } from '../../rows/request-row.ts';
import { SqlReports } from '../../sql/reports.ts';
import { RollupReports } from '../../sql/rollup-reports.ts';
import type { SqlReader, SqlValue } from '../../sql/sql-reader.ts';
import { reportStatement } from '../report-statement.ts';
import type { Statement } from './statement.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const AT_MS = 1_800_000_000_000;
/** A whole day and what is left at both ends of it, down to parts of a minute; a whole day; less than a minute. */
const RANGES: readonly TimeRange[] = [
  { fromMs: AT_MS - DAY_MS - 77_777_777, toMs: AT_MS + 77_777_777 },
  { fromMs: AT_MS - (AT_MS % DAY_MS), toMs: AT_MS - (AT_MS % DAY_MS) + DAY_MS },
  { fromMs: AT_MS + 1000, toMs: AT_MS + 2000 },
];
const WHOLE = RANGES[0] as TimeRange;
const PARTS: readonly RequestFilter[] = [
  { app: 'a' },
  { tag: 'team=x' },
  { model: 'm' },
  { session: 's' },
  { upstream: 'u' },
  { outcome: 'completed' },
  { outcome: 'failed' },
  { key: 'k' },
  { text: 'x' },
];
const FILTERS: readonly RequestFilter[] = [{}, ...PARTS, Object.assign({}, ...PARTS) as RequestFilter];
const SORTS: readonly RequestSort[] = ['time', 'cost', 'latency', 'tokens'];
const DIMENSIONS: readonly BreakdownDimension[] = [...BREAKDOWN_DIMENSIONS, 'tag:team'];
const UNITS = ['session', 'request', 'app'] as const;
/** Of a test that began then sums are kept. */
const SUMMED_UP_SINCE_MS = 0;
const LIMIT = 10;
/**
 * Reports that read roll-ups wherever they can, those that read records, and those on times of which no records are
 * left.
 */
const SOURCES: Readonly<Record<string, readonly [exactRowsMax: number, rowsFromMs: number]>> = {
  rollups: [-1, 0],
  records: [Number.POSITIVE_INFINITY, 0],
  deleted: [-1, AT_MS - (AT_MS % DAY_MS)],
};
/** As much of a row as lets a report go on. */
const ANY_ROW: Row = {
  n: 30_000,
  ms: 0,
  at_ms: AT_MS,
  latency: '{}',
  first_byte: '{}',
  latency_ms: 1,
  key: 's',
  bucket_ms: AT_MS - (AT_MS % DAY_MS),
  requests: 30_000,
  peak: 2,
  first_ms: AT_MS - DAY_MS,
  last_ms: AT_MS - DAY_MS + 1000,
  since_ms: SUMMED_UP_SINCE_MS,
  unit: UNITS[0],
  variant: 'a',
  sums: variantText(newVariant()),
};

type Ask = (name: string, question: (reports: SqlReports) => Promise<unknown>) => Promise<void>;

/** By name; a text that several questions send is there once. */
export async function reportStatements(): Promise<ReadonlyMap<string, Statement>> {
  const found = new Map<string, Statement>();
  const texts = new Set<string>();
  let asking = '';
  /** Where records begin, and minutes by key. */
  let goneUntilMs = 0;
  const reader: SqlReader = {
    like: 'ILIKE',
    hasListIndex: false,
    hasKeyIndex: false,
    hasOrder: false,
    rows: async (sql: string, values: readonly SqlValue[]) => {
      const { statement } = reportStatement(sql, values);
      const row = { ...ANY_ROW, ms: goneUntilMs };
      if (texts.has(statement.sql)) return [row];
      texts.add(statement.sql);
      const number = [...found.keys()].filter((name) => name.startsWith(`${asking} `)).length + 1;
      found.set(`${asking} ${number}`, statement);
      return [row];
    },
  };
  for (const [source, [exactRowsMax, rowsFromMs]] of Object.entries(SOURCES)) {
    goneUntilMs = rowsFromMs;
    const reports = new SqlReports(reader, exactRowsMax);
    await askAll(async (name, question) => {
      asking = `reports.${source}.${name}`;
      await question(reports);
    });
  }
  asking = 'reports.cacheUses';
  for (const { fromMs } of RANGES) await new RollupReports(reader, 0).cacheUses(fromMs);
  return found;
}

async function askAll(ask: Ask): Promise<void> {
  for (const filter of FILTERS) {
    const name = Object.keys(filter).join('+') || 'all';
    await ask(`summary.${name}`, (reports) => reports.summary(WHOLE, filter));
    await ask(`breakdown.${name}`, (reports) => reports.breakdown(WHOLE, 'model', LIMIT, filter));
    await ask(`sessions.${name}`, (reports) => reports.sessions(WHOLE, LIMIT, filter));
    await askRequests(ask, name, filter);
  }
  for (const filter of [{}, { app: 'a' }]) for (const by of DIMENSIONS) await askBy(ask, by, filter);
  for (const range of RANGES) {
    await ask('summary.spans', (reports) => reports.summary(range));
    for (const bucketMs of [MINUTE_MS, DAY_MS, 1000]) {
      await ask('series.spans', (reports) => reports.series(range, bucketMs));
      await ask('timings.spans', (reports) => reports.timings(range, bucketMs));
    }
  }
  await ask('unpriced', (reports) => reports.unpriced(WHOLE, LIMIT));
  await ask('request', (reports) => reports.request('id'));
  await ask('recent', (reports) => reports.recent({ limit: LIMIT }));
  await ask('recent', (reports) => reports.recent({ limit: LIMIT, beforeId: 'id' }));
  await ask('changes', (reports) => reports.changes(0, LIMIT));
  await ask('changesOfOthers', (reports) => reports.changesOfOthers('owner', 0, LIMIT));
  await ask('lastChange', (reports) => reports.lastChange());
  await ask('rowsFromMs', (reports) => reports.rowsFromMs());
  await askExperiments(ask);
}

async function askRequests(ask: Ask, name: string, filter: RequestFilter): Promise<void> {
  for (const sort of SORTS) {
    for (const cursor of [null, writeCursor({ value: 1, startedAtMs: 1, id: 'id' }, sort)]) {
      // Of few requests and of many: the newest of many are found by another index.
      for (const range of [WHOLE, RANGES[2] as TimeRange])
        await ask(`requests.${name}.${sort}`, (reports) =>
          reports.requests({ range, filter, sort, limit: LIMIT, cursor }).catch((error: unknown) => {
            // Of many, a text is looked for by time, and no other list's cursor is taken.
            if (filter.text === undefined) throw error;
          }),
        );
    }
  }
}

async function askBy(ask: Ask, by: BreakdownDimension, filter: RequestFilter): Promise<void> {
  await ask(`breakdown.by.${by}`, (reports) => reports.breakdown(WHOLE, by, LIMIT, filter));
  await ask(`stacks.by.${by}`, (reports) => reports.stacks(WHOLE, DAY_MS, by, LIMIT, filter));
}

async function askExperiments(ask: Ask): Promise<void> {
  const asked = UNITS.flatMap((unit) =>
    [SUMMED_UP_SINCE_MS, 1].map((sinceMs) => ({ experiment: 'x', unit, sinceMs })),
  );
  for (const records of asked) {
    const { unit } = records;
    await ask(`figuresAreWhole.${unit}`, (reports) => reports.figuresAreWhole(records));
    await ask(`variantFigures.${unit}`, (reports) => reports.variantFigures(records));
    await ask(`latenciesUpTo.${unit}`, (reports) => reports.latenciesUpTo(records, 'a', [1]));
    await ask(`latencyQuantiles.${unit}`, (reports) => reports.latencyQuantiles(records, 'a', [0.5]));
  }
}
