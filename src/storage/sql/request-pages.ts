// Pages of requests, each found in the way that takes the least: by ids, by an index, by a sort of few, by peaks of
// many; and where a text is looked for, from the newest back.

import type { RequestFilter, RequestsPage, RequestsQuery, TimeRange } from '../../core/analytics.ts';
import { cursorAt, isByTime, momentOf } from '../../core/request-cursor.ts';
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
    const asked = withMoment(query);
    if (isMany && isText(asked.filter) && (asked.cursor === null || isByTime(asked.cursor)))
      return this.#search(asked);
    if (isMany && isSorted(asked) && asked.sort !== 'time' && this.#database.hasOrder) {
      const rows = await new OrderedRequests(this.#database, asked).rows();
      if (rows !== null) return pageOf(rows, asked);
    }
    if (isMany && (isSorted(asked) || (await this.#isOfThePast(asked))))
      return pageOf(await new SortedRequests(this.#database, asked).rows(), asked);
    const { sql, values } = requestsSql(asked, this.#database.like, isMany);
    return pageOf(await this.#database.rows(sql, values), asked);
  }

  /** By their ids, from the newest on, those of a time long ago would be looked for among millions. */
  async #isOfThePast({ sort, filter, range, cursor }: RequestsQuery): Promise<boolean> {
    if (sort !== 'time' || Object.keys(filter).length > 0 || cursor !== null) return false;
    const [newest] = await this.#database.rows('SELECT max(started_at_ms) AS ms FROM requests', []);
    return range.toMs <= Number(newest?.ms ?? 0);
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

/**
 * Whether peaks find a page. All of them by time are found by their ids, those of a session by an index; of a text no
 * sum knows.
 */
function isSorted({ sort, filter }: RequestsQuery): boolean {
  if (filter.session !== undefined || filter.text !== undefined) return false;
  return sort !== 'time' || Object.keys(filter).length > 0;
}

/** A page that goes on before a moment is the first one of a range that ends there. */
function withMoment(query: RequestsQuery): RequestsQuery {
  const before = query.cursor === null ? null : momentOf(query.cursor);
  if (before === null) return query;
  const { fromMs, toMs } = query.range;
  return { ...query, range: { fromMs, toMs: Math.min(toMs, before) }, cursor: null };
}
