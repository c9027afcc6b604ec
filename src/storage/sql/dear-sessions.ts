// The dearest sessions of a long time. Each is summed up as a whole: in the order of that, what a session spent within
// the time is known where it lies within it, and looked up where it does not or where a filter narrows it, until no
// other one can be dearer, or as many were looked up as an answer may take.

import type { BreakdownRow, DearestSessions, RequestFilter, TimeRange } from '../../core/analytics.ts';
import { finestGrains, SESSION_GRAINS_MS, spanOf, withoutRecords } from '../rollup/grains.ts';
import { SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { totals } from './report-rows.ts';
import { filterSql } from './request-filter.ts';
import { sessionParts } from './session-parts.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

const DAY_MS = SESSION_GRAINS_MS.at(-1) as number;
/** With a filter, sessions of a time are summed up, all of them, where it has no more requests: a fifth of a second. */
const SUMMED_UP_MAX = 400_000;
/** What matches so small a part of the requests is found in few of the sessions that a walk comes by: they are summed up. */
const SHARE_MIN = 0.02;
interface WalkLimits {
  /** Sessions that are looked up, some 40 µs each, before all are summed up; and where they are too many for that. */
  readonly beforeSumming: number;
  readonly instead: number;
  /** With a filter, so many more are looked up together than are wanted. */
  readonly together: number;
}
const LIMITS: WalkLimits = { beforeSumming: 1000, instead: 3000, together: 512 };
/** Sessions that run, and have spent nothing yet. */
const RUNNING_MAX = 3000;
/** What the index is walked over at most, for each session that is wanted. */
const WALKED_MAX = 100_000;
const MORE_LIVES = 16;
/** Of sessions that lie within the same few days, so many are looked up by one statement. */
const SESSIONS_AT_ONCE = 32;
const DAYS_AT_ONCE = 4;

export interface SessionsQuestion {
  readonly range: TimeRange;
  /** What has ended is narrowed by it; what runs, by the other. */
  readonly filter: RequestFilter;
  readonly running: RequestFilter;
  readonly limit: number;
  /** No records are left of before. */
  readonly rowsFromMs: number;
  /** Requests of the range, and those that match. */
  readonly requests: number;
  readonly matching: number;
}

interface Life {
  readonly session: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly row: Row;
}

interface Found {
  readonly session: string;
  readonly cost: number;
  readonly requests: number;
  readonly row: Row;
}

/** Whether the walk is short: of few requests among many others their sums are soon put together. */
export function isWalkShort(requests: number, ofRequests: number, limit: number): boolean {
  return requests * WALKED_MAX >= limit * ofRequests;
}

/** Whether a walk finds enough where summing up all sessions would take too long. */
const isWalkInstead = ({ requests, matching }: SessionsQuestion): boolean =>
  requests > SUMMED_UP_MAX && matching >= SHARE_MIN * requests;

export class DearSessions {
  readonly #database: SqlReader;
  readonly #question: SessionsQuestion;
  readonly #filter: { readonly sql: string; readonly values: readonly SqlValue[] };
  readonly #isFiltered: boolean;
  /** All would take too long to be summed up. */
  readonly #isInstead: boolean;
  /** Some more than are wanted: a few may lie across an end of the range. */
  readonly #livesAtOnce: number;
  readonly #lookedUpMax: number;
  #lookedUp = 0;

  constructor(database: SqlReader, question: SessionsQuestion, limits = LIMITS) {
    this.#database = database;
    this.#question = question;
    this.#filter = filterSql(question.filter, database.like);
    this.#isFiltered = Object.keys(question.filter).length > 0;
    this.#livesAtOnce = question.limit + (this.#isFiltered ? limits.together : MORE_LIVES);
    this.#isInstead = this.#isFiltered && isWalkInstead(question);
    this.#lookedUpMax = this.#isFiltered ? limits.instead : limits.beforeSumming;
  }

  /** Most expensive first. Null where all are better summed up. */
  async dearest(): Promise<DearestSessions | null> {
    const { limit } = this.#question;
    if (this.#isFiltered && !this.#isInstead) return null;
    let found: readonly Found[] = [];
    let last: Life | null = null;
    let ofDearest: number | null = null;
    for (let walked = 0; ; ) {
      const lives: readonly Life[] = await this.#livesAfter(last);
      const worst = found[limit - 1];
      const end = worst === undefined ? -1 : lives.findIndex((life) => isBehind(life, worst));
      const some = end === -1 ? lives : lives.slice(0, end);
      found = [...found, ...(await this.#spentBy(some))].sort(inOrder).slice(0, limit);
      walked += some.length;
      if (end !== -1 || lives.length < this.#livesAtOnce) break;
      last = lives.at(-1) ?? null;
      if (this.#lookedUp < this.#lookedUpMax) continue;
      if (!this.#isFiltered) return null;
      ofDearest = walked;
      break;
    }
    return { rows: await this.#withRunning(found), ofDearest };
  }

  /** What each of them spent within the range, by requests that match. */
  async #spentBy(lives: readonly Life[]): Promise<readonly Found[]> {
    const found: Found[] = [];
    const together = new Map<string, Life[]>();
    for (const life of lives) {
      if (this.#isWithin(life) && !this.#isFiltered) {
        found.push(foundIn(life.session, life.row));
        continue;
      }
      this.#lookedUp += 1;
      const days = daysOf(life);
      if (this.#isWithin(life) && days.length <= DAYS_AT_ONCE)
        together.set(String(days), [...(together.get(String(days)) ?? []), life]);
      else found.push(foundIn(life.session, (await this.#within(life)) ?? NOTHING));
    }
    for (const same of together.values())
      for (let first = 0; first < same.length; first += SESSIONS_AT_ONCE)
        found.push(...(await this.#ofDays(same.slice(first, first + SESSIONS_AT_ONCE))));
    return found.filter(({ requests }) => requests > 0);
  }

  /** Of sessions that lie within the same days. The last of each fills the places that are left. */
  async #ofDays(lives: readonly Life[]): Promise<readonly Found[]> {
    const days = lives[0] === undefined ? [] : daysOf(lives[0]);
    const places = <T>(some: readonly T[], count: number): readonly T[] =>
      Array.from({ length: count }, (_, index) => some[Math.min(index, some.length - 1)] as T);
    const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');
    const rows = await this.#database.rows(
      `SELECT session, ${SUM_COLUMNS.map((name) => `total(${name}) AS ${name}`).join(', ')}
        FROM rollup_session_keyed JOIN rollup_keys ON rollup_keys.id = key_id
        WHERE grain_ms = ? AND bucket_ms IN (${marks(DAYS_AT_ONCE)}) AND session IN (${marks(SESSIONS_AT_ONCE)})
          ${this.#filter.sql} GROUP BY session`,
      [
        DAY_MS,
        ...places(days, DAYS_AT_ONCE),
        ...places(
          lives.map(({ session }) => session),
          SESSIONS_AT_ONCE,
        ),
        ...this.#filter.values,
      ],
    );
    return rows.map((row) => foundIn(String(row.session ?? ''), row));
  }

  /** The next ones behind one. */
  async #livesAfter(last: Life | null): Promise<readonly Life[]> {
    const { range } = this.#question;
    const at = last === null ? null : foundIn(last.session, last.row);
    const behind =
      at === null
        ? ''
        : `AND cost_nano_usd <= ? AND (cost_nano_usd < ? OR requests < ? OR (requests = ? AND session > ?))`;
    const rows = await this.#database.rows(
      `SELECT * FROM rollup_lives WHERE first_ms < ? AND last_ms >= ? AND requests > 0 ${behind}
        ORDER BY cost_nano_usd DESC, requests DESC, session LIMIT ?`,
      [
        range.toMs,
        range.fromMs,
        ...(at === null ? [] : [at.cost, at.cost, at.requests, at.requests, at.session]),
        this.#livesAtOnce,
      ],
    );
    return rows.map((row) => ({
      session: String(row.session),
      firstMs: Number(row.first_ms),
      lastMs: Number(row.last_ms),
      row,
    }));
  }

  #isWithin({ firstMs, lastMs }: Life): boolean {
    const { range } = this.#question;
    return firstMs >= range.fromMs && lastMs < range.toMs;
  }

  /** What of it lies within the range and matches, from the days and hours of its life. */
  async #within({ session, firstMs, lastMs }: Life): Promise<Row | null> {
    const { range, rowsFromMs } = this.#question;
    const fromMs = Math.max(range.fromMs, firstMs - (firstMs % DAY_MS));
    const toMs = Math.min(range.toMs, lastMs - (lastMs % DAY_MS) + DAY_MS);
    const span = spanOf({ fromMs, toMs }, SESSION_GRAINS_MS, null) ?? {
      segments: [],
      edges: [{ fromMs, toMs }],
    };
    const told = withoutRecords(span, finestGrains(SESSION_GRAINS_MS, 0, rowsFromMs));
    const parts = sessionParts(session, told, this.#filter);
    if (parts.length === 0) return null;
    const sums = SUM_COLUMNS.map((name) => `total(${name}) AS ${name}`).join(', ');
    const [row] = await this.#database.rows(
      `SELECT ${sums} FROM (${parts.map(({ sql }) => sql).join(' UNION ALL ')}) parts`,
      parts.flatMap(({ values }) => values),
    );
    return row ?? null;
  }

  /** What runs is in no sum. Sessions of nothing else come last. */
  async #withRunning(found: readonly Found[]): Promise<readonly BreakdownRow[]> {
    const { range, limit, running: runs } = this.#question;
    const { sql, values } = filterSql(runs, this.#database.like);
    const rows = await this.#database.rows(
      `SELECT session, count(*) AS n FROM requests
        WHERE outcome = 'in_flight' AND +started_at_ms >= ? AND +started_at_ms < ?${sql}
        GROUP BY session ORDER BY n DESC LIMIT ?`,
      [range.fromMs, range.toMs, ...values, RUNNING_MAX],
    );
    const running = new Map(rows.map((row) => [String(row.session ?? ''), Number(row.n)]));
    const known = new Set(found.map(({ session }) => session));
    const others = [...running.keys()].filter((session) => !known.has(session));
    // A session of more than runs is there already, unless others are dearer.
    const fresh = found.length < limit ? others.map((session) => foundIn(session, NOTHING)) : [];
    return [...found, ...fresh]
      .map(({ session, row }) => {
        const runs = running.get(session) ?? 0;
        const requests = Number(row.requests) + runs;
        return { ...foundIn(session, { ...row, requests }), runs };
      })
      .sort(inOrder)
      .slice(0, limit)
      .map(({ session, cost, runs, row }) => ({
        ...totals({ ...row, cost, in_flight: runs }),
        key: session === '' ? null : session,
      }));
  }
}

const NOTHING: Row = Object.fromEntries(SUM_COLUMNS.map((name) => [name, 0]));

/** Whether it and all behind it have spent less, as a whole, than one within the range. */
const isBehind = (life: Life, worst: Found): boolean => inOrder(worst, foundIn(life.session, life.row)) < 0;

function daysOf({ firstMs, lastMs }: Life): readonly number[] {
  const first = firstMs - (firstMs % DAY_MS);
  return Array.from({ length: Math.floor((lastMs - first) / DAY_MS) + 1 }, (_, day) => first + day * DAY_MS);
}

const foundIn = (session: string, row: Row): Found => ({
  session,
  cost: Number(row.cost_nano_usd),
  requests: Number(row.requests),
  row,
});

function inOrder(one: Found, other: Found): number {
  return (
    other.cost - one.cost ||
    other.requests - one.requests ||
    (one.session < other.session ? -1 : Number(one.session > other.session))
  );
}
