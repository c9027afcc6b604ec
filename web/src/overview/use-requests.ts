// The rows of the request table: pages that are asked for as one scrolls, and live rows on top of them, unless the
// feed is paused. Rows are keyed by id; one that has ended is never replaced by an older state of itself.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { RecentAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import { type Filters, reportQuery, type Span } from '../address.ts';
import { ask, messageOf } from '../data/ask.ts';
import type { LiveNews } from '../data/live.ts';
import { useNews } from '../data/use-live.ts';
import { fits } from './fits.ts';
import { firstPage, merged, ROWS_MAX, type Rows, withNews, withPage } from './request-rows.ts';

export type Sort = 'time' | 'cost' | 'latency' | 'tokens';

export interface RequestRows {
  readonly records: readonly RequestRecord[] | null;
  /** Newer ones that a paused table holds back. */
  readonly heldBack: number;
  /** Requests that came too fast for the feed, and are listed the next time that the list is asked for. */
  readonly passedBy: number;
  readonly hasMore: boolean;
  /** 0, or from when on requests are there. */
  readonly rowsFromMs: number;
  /** Where a text is looked for among very many: how far back it has been so far. */
  readonly searchedBackToMs: number | null;
  readonly fault: string | null;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

const PAGE_ROWS = 100;
/** In a flood the list is asked for no sooner than this after it came. */
const CATCH_UP_MS = 5000;

export function useRequests(options: {
  readonly span: Span;
  readonly filters: Filters;
  readonly sort: Sort;
  readonly isPaused: boolean;
}): RequestRows {
  const { span, filters, sort, isPaused } = options;
  const query = `${reportQuery(span, filters)}&sort=${sort}&limit=${PAGE_ROWS}`;
  const [rows, setRows] = useState<Rows | null>(null);
  const [rowsFromMs, setRowsFromMs] = useState(0);
  const [searchedBackToMs, setSearchedBackToMs] = useState<number | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [held, setHeld] = useState<readonly RequestRecord[]>([]);
  const [passedBy, setPassedBy] = useState(0);
  const asking = useRef<AbortController | null>(null);
  const loadedAtMs = useRef(0);
  /** What a paused list missed is not known. */
  const hasGap = useRef(false);
  const catchUp = useRef<ReturnType<typeof setTimeout> | null>(null);
  /** What the feed told while the first page was asked for: the answer may not know of it yet. */
  const meanwhile = useRef<RequestRecord[]>([]);

  const load = useCallback(
    async (after: string | null): Promise<void> => {
      if (after !== null && asking.current !== null) return;
      asking.current?.abort();
      const abort = new AbortController();
      asking.current = abort;
      if (after === null) {
        meanwhile.current = [];
        setPassedBy(0);
        if (catchUp.current !== null) clearTimeout(catchUp.current);
        catchUp.current = null;
        hasGap.current = false;
        loadedAtMs.current = performance.now();
      }
      try {
        const path = `/api/requests?${query}${after === null ? '' : `&cursor=${encodeURIComponent(after)}`}`;
        const answer = await ask<RecentAnswer>(path, { signal: abort.signal });
        setRows((known) =>
          after === null || known === null
            ? firstPage(answer, meanwhile.current)
            : withPage(known, answer, after),
        );
        setRowsFromMs(answer.rowsFromMs);
        setSearchedBackToMs(answer.searchedBackToMs);
        setFault(null);
        if (after === null) setHeld([]);
      } catch (error) {
        if (!abort.signal.aborted) setFault(messageOf(error));
      } finally {
        if (asking.current === abort) asking.current = null;
        if (after === null) loadedAtMs.current = performance.now();
      }
    },
    [query],
  );

  useEffect(() => {
    setRows(null);
    void load(null);
    return () => {
      asking.current?.abort();
      if (catchUp.current !== null) clearTimeout(catchUp.current);
      catchUp.current = null;
    };
  }, [load]);

  const isLive = sort === 'time' && !span.includes('-');
  const take = useCallback(
    (news: LiveNews) => {
      if (!isLive) return;
      if (news.isAnew && isPaused) hasGap.current = true;
      else if (news.isAnew) void load(null);
      else if (news.leftOut > 0) setPassedBy((before) => before + news.leftOut);
      const fitting = news.records.filter((record) => fits(record, filters));
      if (fitting.length === 0) return;
      if (asking.current !== null) meanwhile.current.push(...fitting);
      // A paused table still shows how its own rows end.
      setRows((known) => (known === null ? known : withNews(known, fitting, !isPaused)));
      if (isPaused)
        setHeld((before) => {
          const more = merged(before, fitting, true);
          hasGap.current ||= more.length > ROWS_MAX;
          return more.slice(0, ROWS_MAX);
        });
    },
    [isLive, isPaused, filters, load],
  );
  useNews(take);

  useEffect(() => {
    if (isPaused) {
      // Nothing is moved under whoever looks at a paused list.
      if (catchUp.current !== null) clearTimeout(catchUp.current);
      catchUp.current = null;
      return;
    }
    if (catchUp.current !== null || (passedBy === 0 && !hasGap.current)) return;
    const inMs = Math.max(0, loadedAtMs.current + CATCH_UP_MS - performance.now());
    catchUp.current = setTimeout(() => void load(null), inMs);
  }, [isPaused, passedBy, load]);

  useEffect(() => {
    if (isPaused || held.length === 0) return;
    setRows((known) => (known === null ? known : withNews(known, held, true)));
    setHeld([]);
  }, [isPaused, held]);

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
    reload: () => void load(null),
  };
}
