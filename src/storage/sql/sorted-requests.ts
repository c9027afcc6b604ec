// Pages of a sorted list of very many requests. Roll-ups tell the most that the records of a time may have: times are
// looked into in the order of that, halved down to minutes, and records are read only of those that may hold a row of
// the page. What runs, and what lies at the ends of the span, is looked at first. Of a page far behind the first nearly
// every time may hold a row: where an index tells which records reach it, all of them are swept over at once.

import type { RequestSort, RequestsQuery, TimeRange } from '../../core/analytics.ts';
import { type RequestCursor, readCursor } from '../../core/request-cursor.ts';
import { GRAINS_MS, spanOf } from '../rollup/grains.ts';
import type { PEAK_COLUMNS } from '../rollup/rollup-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { type ListSource, sourceOf, TOTAL } from './list-source.ts';
import { behindSql, filterSql, inListOrder, placeOf, SORT_VALUE } from './request-filter.ts';
import type { Sql } from './rollup-places.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';
import { type Zone, Zones } from './zones.ts';

/** Which peak tells what a list is sorted by; in a list by time a time's end does. */
export const PEAK: Readonly<Record<RequestSort, (typeof PEAK_COLUMNS)[number] | null>> = {
  time: null,
  cost: 'peak_cost_nano_usd',
  latency: 'peak_latency_ms',
  tokens: 'peak_output_tokens',
};
/** So few records are read without looking further into their time. */
const READ_ROWS_MAX = 1000;
/** Times that one statement looks into. */
const AT_ONCE = 8;
/** Where so many statements did not find a page, so many times may hold a row of it that all are looked through. */
const STATEMENTS_BEFORE_SWEEP = 32;
/** A sweep goes by parts of the span: what one has found spares the next ones most of their records. */
const SWEEP_PARTS = 32;
/** One of so many matches, or fewer, where a sweep goes by keys. */
const FEW_OF = 3;
/** Rows that one statement fetches by their ids. */
const IDS_AT_ONCE = 50;
/** No list's value is less. */
const LEAST = -1;
interface Sums {
  readonly requests: number;
  readonly peak: number;
}

/** Which records are read. */
interface Which extends Sql {
  /** The sign keeps a database from looking for them by their time. */
  readonly startedAt: 'started_at_ms' | '+started_at_ms';
}

const FINEST_MS = GRAINS_MS[0] as number;
const LONGEST_MS = GRAINS_MS.at(-1) as number;

export class SortedRequests {
  readonly #database: SqlReader;
  readonly #query: RequestsQuery;
  readonly #filter: Sql;
  #source: ListSource = TOTAL;
  /** What matches is so little that a look at each costs less than to walk over all. */
  #areFew = false;
  readonly #readRowsMax: number;
  readonly #statementsBeforeSweep: number;
  #readRows = 0;
  #readBackToMs: number | null = null;
  /** Where the page begins. */
  readonly #cursor: RequestCursor | null;
  /** In the order of the list, one more than the page holds. */
  #candidates: readonly RequestCursor[] = [];

  /** Ends once `readRowsMax` records were read; sweeps once it has looked into some times so often. */
  constructor(
    database: SqlReader,
    query: RequestsQuery,
    readRowsMax = Number.POSITIVE_INFINITY,
    statementsBeforeSweep = STATEMENTS_BEFORE_SWEEP,
  ) {
    this.#statementsBeforeSweep = statementsBeforeSweep;
    this.#database = database;
    this.#query = query;
    this.#filter = filterSql(query.filter, database.like);
    this.#cursor = query.cursor === null ? null : readCursor(query.cursor, query.sort);
    // At least one time is read: the next page goes on behind it.
    this.#readRowsMax = Math.max(1, readRowsMax);
  }

  /** Of a list by time that ended early: everything since then was read. Null where all was. */
  get readBackToMs(): number | null {
    return this.#readBackToMs;
  }

  /** One row more than a page holds, where there is one. */
  async rows(): Promise<readonly Row[]> {
    this.#source = await sourceOf(this.#query.filter, this.#query.range, this.#database);
    const fromMs = Math.max(this.#query.range.fromMs, await this.#oldestMs());
    const span = spanOf({ ...this.#query.range, fromMs }, this.#source.grainsMs, null);
    const edges = span?.edges ?? [];
    await this.#take([this.#query.range], this.#which('+started_at_ms', `outcome = 'in_flight'`));
    if (edges.length > 0) await this.#take(edges, this.#ended);
    const zones = new Zones();
    const share = { matching: 0, all: 0 };
    for (const { grainMs, ...range } of span?.segments ?? [])
      zones.add(await this.#zonesIn([range], grainMs, share));
    this.#areFew = this.#source.keyed !== null && share.matching * FEW_OF <= share.all;
    for (let statements = 0; ; statements += 1) {
      if (statements >= this.#statementsBeforeSweep && this.#maySweep) {
        await this.#sweep(span?.segments ?? []);
        break;
      }
      const best = zones.take(AT_ONCE, (zone) => this.#mayHold(zone));
      if (best.length === 0) break;
      if (this.#readRows >= this.#readRowsMax) {
        this.#endAt(best[0]?.toMs ?? 0);
        break;
      }
      const read = best.filter(({ grainMs }) => grainMs === null);
      this.#readRows += read.reduce((sum, { requests }) => sum + requests, 0);
      if (read.length > 0) await this.#take(read, this.#ended);
      for (const [grainMs, some] of Map.groupBy(best, (zone) => zone.grainMs))
        if (grainMs !== null) zones.add(await this.#within(some, grainMs));
    }
    return this.#rowsOf(this.#candidates.map(({ id }) => id));
  }

  /** Whether an index by time holds what the list is sorted by, and it is known how much a row of the page has at least. */
  get #maySweep(): boolean {
    const { sort, limit } = this.#query;
    return this.#database.hasListIndex && sort !== 'time' && this.#candidates[limit] !== undefined;
  }

  /** Those that have ended and match. */
  get #ended(): Which {
    const { keyed } = this.#source;
    return keyed === null
      ? this.#which('started_at_ms', `outcome <> 'in_flight'`)
      : { startedAt: 'started_at_ms', ...keyed };
  }

  #which(startedAt: Which['startedAt'], outcome: string): Which {
    return { startedAt, sql: `${outcome}${this.#filter.sql}`, values: this.#filter.values };
  }

  async #sweep(segments: readonly TimeRange[]): Promise<void> {
    const fromMs = Math.min(...segments.map((segment) => segment.fromMs));
    const toMs = Math.max(...segments.map((segment) => segment.toMs));
    const partMs = Math.ceil((toMs - fromMs) / SWEEP_PARTS / LONGEST_MS) * LONGEST_MS;
    for (let endMs = toMs; endMs > fromMs; endMs -= partMs)
      await this.#takeFrom({ fromMs: Math.max(fromMs, endMs - partMs), toMs: endMs });
  }

  /** Of the minutes whose records may reach the page. */
  async #takeFrom({ fromMs, toMs }: TimeRange): Promise<void> {
    const { sort, limit } = this.#query;
    const source = this.#source.grainsMs.includes(FINEST_MS) ? this.#source : TOTAL;
    if (this.#areFew) return this.#take([{ fromMs, toMs }], this.#ended);
    const least = this.#candidates[limit]?.value ?? LEAST;
    const value = SORT_VALUE[sort];
    const behind = this.#behind(value);
    this.#add(
      await this.#database.rows(
        `SELECT id, started_at_ms, ${value} AS sort_value FROM (
            SELECT DISTINCT bucket_ms FROM ${source.from}
            WHERE ${source.where}grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ? AND ${PEAK[sort]} >= ?
          ) minutes CROSS JOIN requests ON started_at_ms >= bucket_ms AND started_at_ms < bucket_ms + ${FINEST_MS}
          WHERE ${value} >= ? AND outcome <> 'in_flight'${this.#filter.sql}${behind.sql}
          ORDER BY sort_value DESC, started_at_ms DESC, id DESC LIMIT ?`,
        [
          ...source.values,
          ...[FINEST_MS, fromMs, toMs, least, least],
          ...this.#filter.values,
          ...behind.values,
          limit + 1,
        ],
      ),
    );
  }

  /** What is older is found again by whoever goes on. */
  #endAt(ms: number): void {
    this.#readBackToMs = ms;
    this.#candidates = this.#candidates.filter(({ startedAtMs }) => startedAtMs >= ms);
  }

  /** Sums of older ones tell of records that are gone. */
  async #oldestMs(): Promise<number> {
    const [row] = await this.#database.rows('SELECT min(started_at_ms) AS ms FROM requests', []);
    return Number(row?.ms ?? 0);
  }

  /** The next shorter times of some of one length. */
  async #within(zones: readonly Zone[], grainMs: number): Promise<readonly Zone[]> {
    const shorterMs = GRAINS_MS.toReversed().find((each) => each < grainMs) ?? FINEST_MS;
    const parentOf = new Map(zones.map((zone) => [zone.fromMs, zone]));
    const found = await this.#zonesIn(zones, shorterMs);
    return found.map((zone) => {
      const parent = parentOf.get(zone.fromMs - (zone.fromMs % grainMs));
      return parent === undefined || parent.bound >= zone.bound ? zone : { ...zone, bound: parent.bound };
    });
  }

  async #zonesIn(
    ranges: readonly TimeRange[],
    grainMs: number,
    share = { matching: 0, all: 0 },
  ): Promise<readonly Zone[]> {
    const all = await this.#sums(ranges, grainMs, TOTAL);
    // Those that match have no more than all have, and are read with all.
    const some = this.#source.grainsMs.includes(grainMs)
      ? this.#source === TOTAL
        ? all
        : await this.#sums(ranges, grainMs, this.#source)
      : all;
    share.matching += requestsOf(some);
    share.all += requestsOf(all);
    return [...some].flatMap(([fromMs, { requests: matching, peak }]) => {
      const total = all.get(fromMs);
      // Found by their keys, only those that match are read.
      const requests = (this.#source.keyed === null ? total?.requests : matching) ?? 0;
      const isRead = grainMs === FINEST_MS || requests <= READ_ROWS_MAX;
      const zone = { fromMs, toMs: fromMs + grainMs, grainMs: isRead ? null : grainMs, requests };
      const bound = this.#query.sort === 'time' ? zone.toMs - 1 : Math.min(peak, total?.peak ?? peak);
      return this.#bounded(zone, bound);
    });
  }

  async #sums(
    ranges: readonly TimeRange[],
    grainMs: number,
    source: ListSource,
  ): Promise<ReadonlyMap<number, Sums>> {
    const peak = PEAK[this.#query.sort] ?? '0';
    const part = `SELECT bucket_ms, requests, ${peak} AS peak FROM ${source.from}
      WHERE ${source.where}grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ?`;
    const places = placesFor(ranges);
    const rows = await this.#database.rows(
      `SELECT bucket_ms, total(requests) AS n, max(peak) AS peak FROM (${places.map(() => part).join(' UNION ALL ')}) parts
        GROUP BY bucket_ms HAVING total(requests) > 0`,
      places.flatMap(({ fromMs, toMs }) => [...source.values, grainMs, fromMs, toMs]),
    );
    return new Map(
      rows.map((row) => [Number(row.bucket_ms), { requests: Number(row.n), peak: Number(row.peak) }]),
    );
  }

  #bounded(zone: Omit<Zone, 'bound' | 'isBelow'>, peak: number): readonly Zone[] {
    if (this.#cursor === null || peak < this.#cursor.value) return [{ ...zone, bound: peak, isBelow: false }];
    const { value, startedAtMs } = this.#cursor;
    const isBelow = zone.fromMs > startedAtMs;
    // In a list by time nothing is below.
    return isBelow && this.#query.sort === 'time' ? [] : [{ ...zone, bound: value, isBelow }];
  }

  /** Whether a record of it may come before the last one that was found. */
  #mayHold({ bound, isBelow, toMs }: Zone): boolean {
    const last = this.#candidates[this.#query.limit];
    if (last === undefined || last.value < bound) return true;
    return last.value === bound && !isBelow && last.startedAtMs < toMs;
  }

  async #take(ranges: readonly TimeRange[], which: Which): Promise<void> {
    const { sort, limit } = this.#query;
    const value = sort === 'time' ? which.startedAt : SORT_VALUE[sort];
    const behind = this.#behind(value);
    // An index that holds these values tells which records are to be read at all.
    const part = `SELECT id, started_at_ms, ${value} AS sort_value FROM requests
      WHERE ${which.startedAt} >= ? AND ${which.startedAt} < ? AND ${value} >= ? AND ${which.sql}${behind.sql}`;
    const places = placesFor(ranges);
    const rows = await this.#database.rows(
      `SELECT * FROM (${places.map(() => part).join(' UNION ALL ')}) parts
        ORDER BY sort_value DESC, started_at_ms DESC, id DESC LIMIT ?`,
      [
        ...places.flatMap(({ fromMs, toMs }) => [
          ...[fromMs, toMs, this.#candidates[limit]?.value ?? LEAST],
          ...which.values,
          ...behind.values,
        ]),
        limit + 1,
      ],
    );
    this.#add(rows);
  }

  #behind(value: string): { readonly sql: string; readonly values: readonly SqlValue[] } {
    return this.#cursor === null ? { sql: '', values: [] } : behindSql(this.#cursor, this.#query.sort, value);
  }

  /** A sweep finds some again. */
  #add(rows: readonly Row[]): void {
    const known = new Set(this.#candidates.map(({ id }) => id));
    const found = rows.map(placeOf).filter(({ id }) => !known.has(id));
    this.#candidates = [...this.#candidates, ...found].sort(inListOrder).slice(0, this.#query.limit + 1);
  }

  async #rowsOf(ids: readonly string[]): Promise<readonly Row[]> {
    const value = SORT_VALUE[this.#query.sort];
    const found = new Map<string, Row>();
    for (let first = 0; first < ids.length; first += IDS_AT_ONCE) {
      // As many as the statement has places for: the last one fills what is left.
      const some = Array.from(
        { length: IDS_AT_ONCE },
        (_, index) => ids[Math.min(first + index, ids.length - 1)] ?? '',
      );
      const rows = await this.#database.rows(
        `SELECT requests.*, ${value} AS sort_value FROM requests WHERE id IN (${some.map(() => '?').join(', ')})`,
        some,
      );
      for (const row of rows) found.set(String(row.id), row);
    }
    return ids.flatMap((id) => {
      const row = found.get(id);
      return row === undefined ? [] : [row];
    });
  }
}

const requestsOf = (sums: ReadonlyMap<number, Sums>): number =>
  sums.values().reduce((sum, { requests }) => sum + requests, 0);

/** As many as a statement has places for, where there are several: those that are left are of no time. */
function placesFor(ranges: readonly TimeRange[]): readonly TimeRange[] {
  if (ranges.length === 1) return ranges;
  return Array.from({ length: AT_ONCE }, (_, index) => ranges[index] ?? { fromMs: 0, toMs: 0 });
}
