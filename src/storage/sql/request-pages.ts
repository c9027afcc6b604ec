// Pages of requests, each found in the way that takes the least: by an index, by a sort of few, by peaks of many; and
// where a text is looked for, from the newest back.

import type { RequestFilter, RequestsPage, RequestsQuery, TimeRange } from '../../core/analytics.ts';
import { cursorAt, cursorBehind, isByTime, isId, momentOf, readCursor } from '../../core/request-cursor.ts';
import { OrderedRequests } from './ordered-requests.ts';
import { pageOf, requestsSql } from './request-filter.ts';
import type { RollupReports } from './rollup-reports.ts';
import { newestOf } from './searched-range.ts';
import { SortedRequests } from './sorted-requests.ts';
import type { SqlReader } from './sql-reader.ts';

/** A list looks through the records once: so many times as many. A report looks ten times. */
const SEARCHED_TIMES = 10;

export class RequestPages {
  readonly #database: SqlReader;
  readonly #rollups: RollupReports;
  readonly #exactRowsMax: number;

  /** A report looks through `exactRowsMax` records for a text. */
  constructor(database: SqlReader, rollups: RollupReports, exactRowsMax: number) {
    this.#database = database;
    this.#rollups = rollups;
    this.#exactRowsMax = exactRowsMax;
  }

  async page(query: RequestsQuery): Promise<RequestsPage> {
    const isMany = await this.#rollups.isMany(query.range);
    const asked = narrowed(await this.#placed(query));
    if (isMany && isText(asked.filter)) return this.#search(asked);
    if (isMany && isSorted(asked) && asked.sort !== 'time' && this.#database.hasOrder) {
      const rows = await new OrderedRequests(this.#database, asked).rows();
      if (rows !== null) return pageOf(rows, asked);
    }
    if (isMany && isSorted(asked) && !this.#isInOrder(asked))
      return pageOf(await new SortedRequests(this.#database, asked).rows(), asked);
    const { sql, values } = requestsSql(asked, this.#database.like);
    return pageOf(await this.#database.rows(sql, values), asked);
  }

  /** Where a list by time goes on behind an id, behind its request. */
  async #placed(query: RequestsQuery): Promise<RequestsQuery> {
    const { cursor, sort, filter } = query;
    const isOfTime = sort === 'time' || filter.text !== undefined;
    if (cursor === null || !isOfTime || !isId(cursor)) return query;
    const [row] = await this.#database.rows('SELECT started_at_ms AS ms FROM requests WHERE id = ?', [
      cursor,
    ]);
    if (row === undefined) return query;
    return { ...query, cursor: cursorBehind({ startedAtMs: Number(row.ms), id: cursor }) };
  }

  /** Whether an index by time leads from one to the next: others might sort all that the span holds. */
  #isInOrder({ sort, filter }: RequestsQuery): boolean {
    return this.#database.hasListIndex && sort === 'time' && Object.keys(filter).length === 0;
  }

  /** Where figures of a text are from. */
  async searched(range: TimeRange, filter: RequestFilter): Promise<TimeRange> {
    return isText(filter) && (await this.#rollups.isMany(range))
      ? newestOf(this.#database, range, this.#exactRowsMax)
      : range;
  }

  /** From the newest back, and no further than an answer may take. */
  async #search(query: RequestsQuery): Promise<RequestsPage> {
    const asked: RequestsQuery = { ...query, sort: 'time' };
    const search = new SortedRequests(this.#database, asked, SEARCHED_TIMES * this.#exactRowsMax);
    const page = pageOf(await search.rows(), asked);
    const backToMs = page.nextCursor === null ? search.readBackToMs : null;
    if (backToMs === null) return page;
    return { ...page, nextCursor: cursorAt(backToMs), searchedBackToMs: backToMs };
  }
}

/** Those of a session are few. */
const isText = ({ text, session }: RequestFilter): boolean => text !== undefined && session === undefined;

/** Whether peaks find a page. Those of a session are found by an index; of a text no sum knows. */
const isSorted = ({ filter }: RequestsQuery): boolean =>
  filter.session === undefined && filter.text === undefined;

/**
 * A page of a list by time ends where it goes on from: an index is entered there. One that goes on before a moment is the
 * first one of a span that ends then.
 */
function narrowed(query: RequestsQuery): RequestsQuery {
  const { range, cursor } = query;
  if (cursor === null) return query;
  const moment = momentOf(cursor);
  const last = moment === null && isByTime(cursor) ? readCursor(cursor, 'time') : null;
  const endMs = moment ?? (last === null ? range.toMs : last.startedAtMs + 1);
  return {
    ...query,
    range: { fromMs: range.fromMs, toMs: Math.min(range.toMs, endMs) },
    cursor: moment === null ? cursor : null,
  };
}
