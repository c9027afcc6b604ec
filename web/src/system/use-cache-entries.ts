// Stored answers, the newest first: the first page is kept fresh until older ones are asked for, so that no row slips
// through between them.

import { useRef, useState } from 'preact/hooks';
import type { CacheEntriesAnswer, CacheEntryRow } from '../../../src/dashboard/contract.ts';
import { ask, messageOf } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';

export interface CacheEntryRows {
  readonly rows: readonly CacheEntryRow[] | null;
  readonly fault: string | null;
  readonly hasMore: boolean;
  readonly isAsking: boolean;
  readonly loadMore: () => void;
  /** From the newest again. */
  readonly reload: () => void;
}

/** The first page as it was when the next was asked for, and all that came behind it. */
interface Paged {
  readonly rows: readonly CacheEntryRow[];
  readonly nextCursor: string | null;
}

const PATH = '/api/cache-entries?limit=50';

export function useCacheEntries(tick: number): CacheEntryRows {
  const [paged, setPaged] = useState<Paged | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  /** How often the list began anew: what was asked for before is none of it. */
  const beginnings = useRef(0);
  const first = useAnswer<CacheEntriesAnswer>(PATH, { tick: paged === null ? tick : 0 });
  // What is asked for may come when older ones are listed already: it would move them out of sight.
  const rows = paged?.rows ?? first.value?.entries ?? null;
  const cursor = paged === null ? (first.value?.nextCursor ?? null) : paged.nextCursor;
  const loadMore = async (): Promise<void> => {
    if (cursor === null || isAsking) return;
    const beginning = beginnings.current;
    setAsking(true);
    try {
      const page = await ask<CacheEntriesAnswer>(`${PATH}&cursor=${encodeURIComponent(cursor)}`);
      if (beginning === beginnings.current)
        setPaged({ rows: [...(rows ?? []), ...page.entries], nextCursor: page.nextCursor });
      setFault(null);
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setAsking(false);
    }
  };
  return {
    rows,
    fault: fault ?? first.fault,
    hasMore: cursor !== null,
    isAsking,
    loadMore: () => void loadMore(),
    reload: () => {
      beginnings.current += 1;
      setPaged(null);
      setFault(null);
      first.reload();
    },
  };
}
