// Stored answers, the newest first: the first page is kept fresh until older ones are asked for, so that no row slips
// through between them.

import { useState } from 'preact/hooks';
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

interface Older {
  readonly rows: readonly CacheEntryRow[];
  readonly nextCursor: string | null;
}

const PATH = '/api/cache-entries?limit=50';

export function useCacheEntries(tick: number): CacheEntryRows {
  const [older, setOlder] = useState<Older | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const first = useAnswer<CacheEntriesAnswer>(PATH, { tick: older === null ? tick : 0 });
  const cursor = older === null ? (first.value?.nextCursor ?? null) : older.nextCursor;
  const loadMore = async (): Promise<void> => {
    if (cursor === null || isAsking) return;
    setAsking(true);
    try {
      const page = await ask<CacheEntriesAnswer>(`${PATH}&cursor=${encodeURIComponent(cursor)}`);
      setOlder({ rows: [...(older?.rows ?? []), ...page.entries], nextCursor: page.nextCursor });
      setFault(null);
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setAsking(false);
    }
  };
  return {
    rows: first.value === null ? null : [...first.value.entries, ...(older?.rows ?? [])],
    fault: fault ?? first.fault,
    hasMore: cursor !== null,
    isAsking,
    loadMore: () => void loadMore(),
    reload: () => {
      setOlder(null);
      setFault(null);
      first.reload();
    },
  };
}
