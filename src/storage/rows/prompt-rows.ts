// The prompt archive's items as rows, the same in every store.

import type { ArchiveState, ItemFacts, StoredItem } from '../../archive/ports.ts';

type Row = Readonly<Record<string, unknown>>;

/** What an item is known by is in `facts`, and where it is asked for in columns of their own; the rest is packed. */
export function factsOf(row: Row): ItemFacts {
  return JSON.parse(String(row.facts)) as ItemFacts;
}

export function itemOf(row: Row): StoredItem {
  return {
    ...factsOf(row),
    baseId: row.base_id as string | null,
    chain: Number(row.chain),
    keyId: row.key_id as string | null,
    rawBytes: Number(row.raw_bytes),
    // No bytes are null, as Oracle has them.
    content: row.content instanceof Uint8Array ? row.content : new Uint8Array(),
  };
}

/** The item's facts, without what is packed. */
export function unpackedFacts(item: StoredItem): ItemFacts {
  const { baseId: _base, chain: _chain, keyId: _key, rawBytes: _bytes, content: _content, ...facts } = item;
  return facts;
}

export interface ArchiveRows {
  /** `items`, `bytes`, `raw_bytes` and `oldest`. */
  readonly totals: Row | undefined;
  readonly secret: unknown;
  /** `key_id` and `canary`. */
  readonly canaries: readonly Row[];
  /** Reason, and how often. */
  readonly skips: readonly (readonly [reason: unknown, count: unknown])[];
}

export function archiveStateOf({ totals, secret, canaries, skips }: ArchiveRows): ArchiveState {
  return {
    secret: secret as Uint8Array,
    canaries: Object.fromEntries(canaries.map((each) => [String(each.key_id), each.canary as Uint8Array])),
    skipped: Object.fromEntries(skips.map(([reason, count]) => [String(reason), Number(count)])),
    items: Number(totals?.items),
    bytes: Number(totals?.bytes),
    rawBytes: Number(totals?.raw_bytes),
    oldestMs: typeof totals?.oldest === 'number' ? totals.oldest : null,
  };
}
