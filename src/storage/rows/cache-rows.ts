// The prompt cache's answers as rows, the same in every store: what was put is told from what was damaged.

import { hash } from 'node:crypto';
import type { AnswerFacts, CachedAnswer, CacheFacts } from '../../cache/ports.ts';
import type { CacheUseSums } from '../sql/rollup-reports.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows that one step of eviction looks at: the sweep holds the database for milliseconds, not seconds. */
export const SWEEP_ROWS = 500;

/** What a row holds of an answer besides its body, and what both take. */
export function factsOf({ body, ...facts }: CachedAnswer): {
  readonly text: string;
  readonly bytes: number;
  readonly checksum: string;
} {
  const text = JSON.stringify(facts);
  return { text, bytes: body.byteLength + text.length, checksum: checksumOf(text, body) };
}

/** Null where the row is not what was put. */
export function answerOf(key: unknown, row: Row): CachedAnswer | null {
  // No bytes are null, as Oracle has them.
  const body = row.body instanceof Uint8Array ? row.body : new Uint8Array();
  const text = String(row.facts);
  if (checksumOf(text, body) !== row.checksum) return null;
  const facts = JSON.parse(text) as Omit<CachedAnswer, 'body'>;
  return facts.key === key ? { ...facts, body } : null;
}

export function answerFactsOf(row: Row): AnswerFacts {
  return {
    ...(JSON.parse(String(row.facts)) as Omit<CachedAnswer, 'body'>),
    bytes: Number(row.bytes),
    hits: Number(row.hits),
    lastUsedAtMs: Number(row.last_used_at_ms),
  };
}

/** The keys of those that go, in the order of the rows, until the rest fits; and what is left. */
export function evicted(
  rows: readonly Row[],
  bytes: number,
  bytesMax: number,
): { readonly victims: readonly string[]; readonly left: number } {
  const victims: string[] = [];
  let left = bytes;
  for (const row of rows) {
    if (left <= bytesMax) break;
    left -= Number(row.bytes);
    victims.push(String(row.key));
  }
  return { victims, left };
}

export function cacheFactsOf(stored: Row | undefined, uses: ReadonlyMap<string, CacheUseSums>): CacheFacts {
  return {
    entries: Number(stored?.entries),
    bytes: Number(stored?.bytes),
    expired: Number(stored?.expired),
    uses: Object.fromEntries([...uses].map(([use, { requests }]) => [use, requests])),
    savedNanoUsd: [...uses.values()].reduce((sum, { savedNanoUsd }) => sum + savedNanoUsd, 0),
  };
}

function checksumOf(facts: string, body: Uint8Array): string {
  return hash('sha256', `${hash('sha256', facts)}${hash('sha256', body)}`);
}
