// What keeps the archive's items. An item is one request with its answer, packed; what is in it only the archive knows.

import type { NanoUsd } from '../core/money.ts';
import type { ProtocolName } from '../core/protocol.ts';

/** What is known of an item without unpacking it. */
export interface ItemFacts {
  /** The request's. */
  readonly id: string;
  readonly startedAtMs: number;
  readonly protocol: ProtocolName;
  readonly endpoint: string;
  /** Path and protocol that the answer came in: another where the request was translated. */
  readonly path: string;
  readonly answerProtocol: ProtocolName;
  /** Of the request's: those that say which form of the API it speaks. Absent for none. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly app: string;
  readonly tag: string | null;
  readonly session: string | null;
  /** The A/B test that it belongs to, and its part in it; absent for none. */
  readonly experiment?: string;
  readonly variant?: string;
  readonly modelRequested: string | null;
  readonly modelUsed: string | null;
  readonly outcome: string;
  readonly status: number | null;
  readonly streamed: boolean;
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: NanoUsd | null;
  readonly redacted: boolean;
  /** The item of the same session whose turns this one continues; null for a conversation's first. */
  readonly parentId: string | null;
  /** How many turns of the prompt were there before. */
  readonly turnsBefore: number;
  readonly turns: number;
  /** Of all its turns, in order. */
  readonly turnsDigest: string;
}

export interface StoredItem extends ItemFacts {
  /** The item without which this one cannot be unpacked; null for none. */
  readonly baseId: string | null;
  /** How many items one after the other must be unpacked before it. */
  readonly chain: number;
  /** Of the key that it is encrypted with; null for plain. */
  readonly keyId: string | null;
  /** What it unpacks to. */
  readonly rawBytes: number;
  readonly content: Uint8Array;
}

/** What is replaced where an item's base goes: it stands on another, or on none. */
export type Repacked = Pick<StoredItem, 'id' | 'baseId' | 'chain' | 'keyId' | 'rawBytes' | 'content'>;

export interface ItemQuery {
  readonly app?: string;
  readonly tag?: string;
  readonly session?: string;
  /** `*` stands for any text. */
  readonly model?: string;
  readonly endpoint?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Behind this one, in the order of the answer. */
  readonly afterId?: string;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
}

const SKIP_REASONS = [
  'too_large',
  'redaction_over_budget',
  'not_readable',
  'archive_busy',
  'failed',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface ArchiveState {
  /** The store's own: stand-ins are numbered, and keys derived, with it. */
  readonly secret: Uint8Array;
  /** By key id, what only that key can open. */
  readonly canaries: Readonly<Record<string, Uint8Array>>;
  /** How many items were not stored, and why. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly items: number;
  /** Packed, and what they would take otherwise. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly oldestMs: number | null;
}

export interface PromptArchive {
  archiveState(): Promise<ArchiveState>;
  putCanary(keyId: string, canary: Uint8Array): Promise<void>;
  addSkipped(counts: Readonly<Partial<Record<SkipReason, number>>>): Promise<void>;
  /**
   * `words` is what the item is found by; null keeps it out of the index. An item of this id that is there already
   * stays. False, and nothing is put, where its base is gone.
   */
  putItem(item: StoredItem, words: string | null): Promise<boolean>;
  item(id: string): Promise<StoredItem | null>;
  /** Whose id begins, or ends, so. Two at the most: enough to tell that it names several. */
  itemsById(idPart: string): Promise<readonly ItemFacts[]>;
  items(query: ItemQuery): Promise<readonly ItemFacts[]>;
  /** The newest of a session whose turns, so many and of this digest, a prompt begins with. */
  itemWithTurns(app: string, session: string | null, digests: readonly string[]): Promise<ItemFacts | null>;
  newestOfSession(app: string, session: string): Promise<ItemFacts | null>;
  /** The items that need one of these to be unpacked, but are none of them. */
  dependents(ids: readonly string[]): Promise<readonly StoredItem[]>;
  /** All of it or nothing; false where another item has come to need one of them meanwhile. */
  removeItems(ids: readonly string[], repacked: readonly Repacked[]): Promise<boolean>;
  /** Newest first. Null where this store has no index. */
  searchItems(words: readonly string[], limit: number): Promise<readonly ItemFacts[] | null>;
  /** What a session's stand-ins are numbered by, as JSON; null where it has none yet. */
  numbering(app: string, session: string): Promise<string | null>;
  putNumbering(app: string, session: string, state: string, atMs: number): Promise<void>;
  /** Of sessions without items. */
  sweepNumberings(beforeMs: number): Promise<number>;
}
