// The rows of the request table: pages that are asked for as one scrolls, and live rows on top of them, unless the
// feed is paused. Rows are keyed by id; one that has ended is never replaced by an older state of itself.

import { useCallback, useEffect, useState } from 'preact/hooks';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { type Filters, reportQuery, type Span } from '../address.ts';
import type { LiveNews } from '../data/live.ts';
import { useNews } from '../data/use-live.ts';
import { fits } from './fits.ts';
import { merged, ROWS_MAX } from './request-rows.ts';
import { useCatchUp } from './use-catch-up.ts';
import { type RequestPages, useRequestPages } from './use-request-pages.ts';

export type Sort = 'time' | 'cost' | 'latency' | 'tokens';

export interface RequestRows extends Pick<RequestPages, 'rowsFromMs' | 'searchedBackToMs' | 'fault'> {
  readonly records: readonly RequestRecord[] | null;
  /** Newer ones that a paused table holds back. */
  readonly heldBack: number;
  /** Requests that came too fast for the feed, and are listed the next time that the list is asked for. */
  readonly passedBy: number;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

const PAGE_ROWS = 100;
const RETRY_MS = 5000;

export function useRequests(options: {
  readonly span: Span;
  readonly filters: Filters;
  readonly sort: Sort;
  readonly isPaused: boolean;
}): RequestRows {
  const { span, filters, sort, isPaused } = options;
  const pages = useRequestPages(`${reportQuery(span, filters)}&sort=${sort}&limit=${PAGE_ROWS}`);
  const { load, take, drop, failures } = pages;
  const { passedBy, pass, missSome, reload } = useCatchUp(isPaused, load);
  const [held, setHeld] = useState<readonly RequestRecord[]>([]);
  const renew = useCallback(async (): Promise<void> => {
    if (await reload()) setHeld([]);
  }, [reload]);

  useEffect(() => {
    void renew();
    return drop;
  }, [renew, drop]);

  useEffect(() => {
    if (failures === 0) return;
    const timer = setTimeout(() => void renew(), RETRY_MS);
    return () => clearTimeout(timer);
  }, [failures, renew]);

  const isLive = sort === 'time' && !span.includes('-');
  const hear = useCallback(
    (news: LiveNews) => {
      if (!isLive) return;
      if (news.isAnew && isPaused) missSome();
      else if (news.isAnew) void renew();
      else if (news.leftOut > 0) pass(news.leftOut);
      const fitting = news.records.filter((record) => fits(record, filters));
      if (fitting.length === 0) return;
      // A paused table still shows how its own rows end.
      take(fitting, !isPaused);
      if (isPaused)
        setHeld((before) => {
          const more = merged(before, fitting, true);
          if (more.length > ROWS_MAX) missSome();
          return more.slice(0, ROWS_MAX);
        });
    },
    [isLive, isPaused, filters, renew, take, pass, missSome],
  );
  useNews(hear);

  useEffect(() => {
    if (isPaused || held.length === 0) return;
    take(held, true);
    setHeld([]);
  }, [isPaused, held, take]);

  const { rows, rowsFromMs, searchedBackToMs, fault } = pages;
  const { records = null, cursor = null } = rows ?? {};
  const shown = new Set(records?.map(({ id }) => id));
  return {
    records,
    heldBack: held.filter(({ id }) => !shown.has(id)).length,
    passedBy,
    hasMore: cursor !== null,
    rowsFromMs,
    searchedBackToMs,
    fault,
    loadMore: () => {
      if (cursor !== null) void load(cursor);
    },
    reload: () => void renew(),
  };
}
