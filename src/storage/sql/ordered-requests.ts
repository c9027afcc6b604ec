// Pages of a sorted list of very many requests, where a table holds those of each hour in the list's order: of each hour
// so many are read as may stand on the page, from its beginning on. What is not in order yet, what runs, and what lies in
// the hours that the span begins and ends in, is looked for as without such a table.

import type { RequestSort, RequestsQuery, TimeRange } from '../../core/analytics.ts';
import { type RequestCursor, readCursor } from '../../core/request-cursor.ts';
import type { Row } from '../rows/request-row.ts';
import { sourceOf } from './list-source.ts';
import { filterSql, inListOrder, placeOf, SORT_VALUE } from './request-filter.ts';
import type { Sql } from './rollup-places.ts';
import { PEAK, SortedRequests } from './sorted-requests.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

/** Their places are their numbers in the table. */
export const LISTS = ['cost', 'latency', 'tokens'] as const satisfies readonly RequestSort[];
export const ORDER_HOUR_MS = 3_600_000;

/** Hours that one statement looks into. */
const AT_ONCE = 8;
/** Requests that one statement fetches. */
const FETCHED_AT_ONCE = 50;
/** Where less than one of so many matches, what matches is looked at itself. */
const FEW_OF = 50;

/** None of its requests has more than `bound`. */
interface Hour {
  readonly hour: number;
  readonly bound: number;
}

interface Entry {
  readonly value: number;
  readonly startedAtMs: number;
  readonly change: number;
}

export class OrderedRequests {
  readonly #database: SqlReader;
  readonly #query: RequestsQuery;
  readonly #list: number;
  readonly #value: string;
  /** Where the page begins: behind this one. */
  readonly #begin: RequestCursor | null;
  #keys: Sql = { sql: '', values: [] };
  /** In the order of the list, one more than the page holds. */
  #entries: readonly Entry[] = [];

  /** Of a list that is not by time. */
  constructor(database: SqlReader, query: RequestsQuery) {
    this.#database = database;
    this.#query = query;
    this.#list = (LISTS as readonly RequestSort[]).indexOf(query.sort);
    this.#value = SORT_VALUE[query.sort];
    this.#begin = query.cursor === null ? null : readCursor(query.cursor, query.sort);
  }

  /** One row more than a page holds, where there is one; null where this way does not lead to them. */
  async rows(): Promise<readonly Row[] | null> {
    const { range, limit } = this.#query;
    const hours = await this.#hours();
    if (hours.toMs <= hours.fromMs) return null;
    if (!(await this.#areMany(hours))) return null;
    await this.#walk(hours);
    const ends = [
      { fromMs: range.fromMs, toMs: hours.fromMs },
      { fromMs: hours.toMs, toMs: range.toMs },
    ].filter(({ fromMs, toMs }) => fromMs < toMs);
    const rows = [...(await this.#fetched(await this.#withEqual(hours))), ...(await this.#inFlight(hours))];
    for (const end of ends)
      rows.push(...(await new SortedRequests(this.#database, { ...this.#query, range: end }).rows()));
    const begin = this.#begin;
    return rows
      .filter((row) => begin === null || inListOrder(begin, placeOf(row)) < 0)
      .sort((one, other) => inListOrder(placeOf(one), placeOf(other)))
      .slice(0, limit + 1);
  }

  /** Whole ones that are in order. */
  async #hours(): Promise<TimeRange> {
    const { range } = this.#query;
    const [until] = await this.#database.rows('SELECT until_ms AS ms FROM request_order_state', []);
    const [oldest] = await this.#database.rows('SELECT min(started_at_ms) AS ms FROM requests', []);
    const toMs = Math.min(range.toMs, Number(until?.ms ?? 0));
    return {
      fromMs:
        Math.ceil(Math.max(range.fromMs, Number(oldest?.ms ?? 0) - ORDER_HOUR_MS) / ORDER_HOUR_MS) *
        ORDER_HOUR_MS,
      toMs: Math.floor(toMs / ORDER_HOUR_MS) * ORDER_HOUR_MS,
    };
  }

  /** Whether so much matches that it is met on the way. */
  async #areMany({ fromMs, toMs }: TimeRange): Promise<boolean> {
    const { filter, range } = this.#query;
    const source = await sourceOf(filter, range, this.#database);
    if (source.from === 'rollup_total') return true;
    if (source.keyed === null) return false;
    this.#keys = { sql: ` AND ${source.keyed.sql}`, values: source.keyed.values };
    const counted = async (from: string, where: string, values: readonly SqlValue[]): Promise<number> => {
      const dayMs = 24 * ORDER_HOUR_MS;
      const [row] = await this.#database.rows(
        `SELECT total(requests) AS n FROM ${from} WHERE ${where}grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ?`,
        [...values, dayMs, fromMs - (fromMs % dayMs), toMs],
      );
      return Number(row?.n ?? 0);
    };
    const matching = await counted(source.from, source.where, source.values);
    return matching * FEW_OF > (await counted('rollup_total', '', []));
  }

  async #walk({ fromMs, toMs }: TimeRange): Promise<void> {
    const peaks = await this.#database.rows(
      `SELECT bucket_ms, ${PEAK[this.#query.sort]} AS peak FROM rollup_total
        WHERE grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ? AND requests > 0`,
      [ORDER_HOUR_MS, fromMs, toMs],
    );
    const hours = peaks
      .map((row) => ({
        hour: Number(row.bucket_ms) / ORDER_HOUR_MS,
        bound: Math.min(Number(row.peak), this.#begin?.value ?? Number.POSITIVE_INFINITY),
      }))
      .sort((one, other) => other.bound - one.bound || other.hour - one.hour);
    let next = 0;
    for (;;) {
      const some: number[] = [];
      for (; next < hours.length && some.length < AT_ONCE; next += 1) {
        const hour = hours[next];
        if (hour !== undefined && this.#mayHold(hour)) some.push(hour.hour);
      }
      if (some.length === 0) return;
      await this.#look(some);
    }
  }

  /** Whether a request of it may come before the last one that was found. */
  #mayHold({ hour, bound }: Hour): boolean {
    const last = this.#entries[this.#query.limit];
    if (last === undefined || bound > last.value) return true;
    return bound === last.value && (hour + 1) * ORDER_HOUR_MS > last.startedAtMs;
  }

  async #look(hours: readonly number[]): Promise<void> {
    const { limit } = this.#query;
    const begin = this.#begin;
    const least = this.#entries[limit]?.value ?? -1;
    const isFrom = begin === null ? '' : ' AND (value, at_ms) < (?, ?)';
    const part = `SELECT * FROM (SELECT value, hour * ${ORDER_HOUR_MS} + at_ms AS ms, change FROM request_order
      WHERE list = ? AND hour = ? AND value >= ?${isFrom}${this.#keys.sql}
      ORDER BY value DESC, at_ms DESC LIMIT ?)`;
    const rows = await this.#database.rows(
      // As many as the statement has places for: the hours that are left are none.
      Array.from({ length: AT_ONCE }, () => part).join(' UNION ALL '),
      Array.from({ length: AT_ONCE }, (_, index) => hours[index] ?? -1).flatMap((hour) => [
        ...[this.#list, hour, least],
        // Those of the same value that began at the same moment are looked at by their ids.
        ...(begin === null ? [] : [begin.value, begin.startedAtMs - hour * ORDER_HOUR_MS]),
        ...this.#keys.values,
        limit + 1,
      ]),
    );
    this.#entries = [...this.#entries, ...rows.map(entryOf)].sort(inOrder).slice(0, limit + 1);
  }

  /** With those of the same value, begun at the same moment, as the first and the last one: their ids order them. */
  async #withEqual({ fromMs, toMs }: TimeRange): Promise<readonly Entry[]> {
    const last = this.#entries[this.#query.limit];
    const found = new Map(this.#entries.map((entry) => [entry.change, entry]));
    for (const end of [this.#begin, last]) {
      if (end == null || end.startedAtMs < fromMs || end.startedAtMs >= toMs) continue;
      const hour = Math.floor(end.startedAtMs / ORDER_HOUR_MS);
      const rows = await this.#database.rows(
        `SELECT value, hour * ${ORDER_HOUR_MS} + at_ms AS ms, change FROM request_order
          WHERE list = ? AND hour = ? AND value = ? AND at_ms = ?${this.#keys.sql}`,
        [...[this.#list, hour, end.value, end.startedAtMs - hour * ORDER_HOUR_MS], ...this.#keys.values],
      );
      for (const entry of rows.map(entryOf)) found.set(entry.change, entry);
    }
    return [...found.values()];
  }

  async #fetched(entries: readonly Entry[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (let first = 0; first < entries.length; first += FETCHED_AT_ONCE) {
      const some = Array.from(
        { length: FETCHED_AT_ONCE },
        (_, index) => entries[Math.min(first + index, entries.length - 1)]?.change ?? 0,
      );
      rows.push(
        ...(await this.#database.rows(
          `SELECT requests.*, ${this.#value} AS sort_value FROM requests
            WHERE change IN (${some.map(() => '?').join(', ')})`,
          some,
        )),
      );
    }
    return rows;
  }

  async #inFlight({ fromMs, toMs }: TimeRange): Promise<readonly Row[]> {
    const { sql, values } = filterSql(this.#query.filter, this.#database.like);
    return this.#database.rows(
      `SELECT requests.*, ${this.#value} AS sort_value FROM requests
        WHERE outcome = 'in_flight' AND +started_at_ms >= ? AND +started_at_ms < ?${sql}`,
      [fromMs, toMs, ...values],
    );
  }
}

const entryOf = (row: Row): Entry => ({
  value: Number(row.value),
  startedAtMs: Number(row.ms),
  change: Number(row.change),
});

const inOrder = (one: Entry, other: Entry): number =>
  other.value - one.value || other.startedAtMs - one.startedAtMs || other.change - one.change;
