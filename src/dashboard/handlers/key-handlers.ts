// Access keys by the API. A key is told once, to whoever makes it.

import { type AccessKey, keyJson } from '../../access/keys/access-key.ts';
import type { KeyBook } from '../../access/keys/key-book.ts';
import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { type Outage, outageWords, waitingWords } from '../outage.ts';
import type { Answer, HandlersOf, Input } from './handlers.ts';

export interface KeyHandlerOptions {
  readonly book: KeyBook;
  readonly analytics: Pick<Analytics, 'breakdown' | 'requests'>;
  readonly clock: Clock;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
  /** What only a running server knows. */
  readonly running: RunningKeyState | null;
}

export interface RunningKeyState {
  /** Since when its database does not answer, and why; null where it does. */
  trouble(): Outage | null;
  /** Whether the database knows of every revocation by now. */
  isStored(): boolean;
  /** Whether what it does not know outlives the server. */
  isKept(): boolean;
}

const SPENT_MS = 30 * 86_400_000;
/** Requests that start while the question is asked are among them. */
const AHEAD_MS = 60_000;
/** Keys that spent something: beyond so many, what the cheapest spent is left out. */
const SPENDERS_MAX = 10_000;

export function keyHandlers({
  book,
  analytics,
  clock,
  changed,
  running,
}: KeyHandlerOptions): HandlersOf<'keys' | 'keyCreate' | 'keyRotate' | 'keyRevoke'> {
  return {
    keys: async () => {
      const keys = await book.list();
      const fault = outageWords(running?.trouble() ?? null);
      // What they were used for is in the records, which are away as well.
      const use = fault === null ? await useOf(keys, analytics, clock.now()) : [];
      return { keys: keys.map(keyJson), use, fault };
    },
    keyCreate: async ({ name, ...request }) => {
      const { key, text } = await book.create(name, textsOf(request));
      await changed();
      return { added: keyJson(key), key: text };
    },
    keyRotate: async ({ name, grace }) => {
      const { key, text } = await book.rotate(name, grace ?? '0');
      await changed();
      return { changed: keyJson(key), key: text };
    },
    keyRevoke: async ({ name }) => {
      const key = await book.revoke(name);
      const waits = running !== null && !running.isStored();
      const warning = waits ? waitingWords(running.trouble(), running.isKept()) : null;
      return { revoked: keyJson(key), warning };
    },
  };
}

async function useOf(
  keys: readonly AccessKey[],
  analytics: KeyHandlerOptions['analytics'],
  nowMs: number,
): Promise<Answer<'keys'>['use']> {
  if (keys.length === 0) return [];
  const spent = { fromMs: nowMs - SPENT_MS, toMs: nowMs + AHEAD_MS };
  const ever = { fromMs: 0, toMs: nowMs + AHEAD_MS };
  const [rows, ...newest] = await Promise.all([
    analytics.breakdown(spent, 'key', SPENDERS_MAX),
    ...keys.map(({ name: key }) =>
      analytics.requests({ range: ever, filter: { key }, sort: 'time', limit: 1, cursor: null }),
    ),
  ]);
  const byName = new Map(rows.map((row) => [row.key, row]));
  return keys.map(({ name }, index) => {
    const { requests = 0, costNanoUsd = 0, unpricedRequests = 0 } = byName.get(name) ?? {};
    const lastUsedMs = newest[index]?.records[0]?.startedAtMs ?? null;
    return { name, requests, costNanoUsd, unpricedRequests, lastUsedMs };
  });
}

function textsOf(request: Omit<Input<'keyCreate'>, 'name'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request).flatMap(([part, value]) => (value == null ? [] : [[part, String(value)]])),
  );
}
