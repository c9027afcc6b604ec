// Pages of the request list, asked for as one scrolls; what the feed tells while the first is under way lies on top of it.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { RecentAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import { ask, isPassing, messageOf } from '../data/ask.ts';
import { firstPage, type Rows, withNews, withPage } from './request-rows.ts';

export interface RequestPages {
  readonly rows: Rows | null;
  /** 0, or from when on requests are there. */
  readonly rowsFromMs: number;
  /** Where a text is looked for among very many: how far back it has been so far. */
  readonly searchedBackToMs: number | null;
  readonly fault: string | null;
  /** How often the server was not there, or could not answer. */
  readonly failures: number;
  /** The page after this place, or the whole list anew; false where that did not come. */
  readonly load: (after: string | null) => Promise<boolean>;
  /** What the feed tells. `addsNew` false: only rows that are listed are brought up to date. */
  readonly take: (news: readonly RequestRecord[], addsNew: boolean) => void;
  /** Forgets the list, and what was asked for it. */
  readonly drop: () => void;
}

export function useRequestPages(query: string): RequestPages {
  const [rows, setRows] = useState<Rows | null>(null);
  const [rowsFromMs, setRowsFromMs] = useState(0);
  const [searchedBackToMs, setSearchedBackToMs] = useState<number | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [failures, setFailures] = useState(0);
  const asking = useRef<AbortController | null>(null);
  /** The answer to the first page may not know of it yet. */
  const meanwhile = useRef<RequestRecord[]>([]);
  const load = useCallback(
    async (after: string | null): Promise<boolean> => {
      if (after !== null && asking.current !== null) return false;
      asking.current?.abort();
      const abort = new AbortController();
      asking.current = abort;
      if (after === null) meanwhile.current = [];
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
        return true;
      } catch (error) {
        if (abort.signal.aborted) return false;
        setFault(messageOf(error));
        if (isPassing(error)) setFailures((before) => before + 1);
        return false;
      } finally {
        if (asking.current === abort) asking.current = null;
      }
    },
    [query],
  );
  const take = useCallback((news: readonly RequestRecord[], addsNew: boolean): void => {
    if (asking.current !== null) meanwhile.current.push(...news);
    setRows((known) => (known === null ? known : withNews(known, news, addsNew)));
  }, []);
  const drop = useCallback((): void => {
    asking.current?.abort();
    setRows(null);
  }, []);
  useEffect(() => () => asking.current?.abort(), []);
  return { rows, rowsFromMs, searchedBackToMs, fault, failures, load, take, drop };
}
