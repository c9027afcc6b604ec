// The keys in force, found by their keyed hash: one look into a map for each request, whatever their number.

import { globTest } from '../../core/glob.ts';
import type { RuleEntry } from '../../core/rule-book.ts';
import { type AccessKey, keyOf } from './access-key.ts';
import { isWholeKey, keyHash } from './key-text.ts';
import { KeyUse } from './key-use.ts';

/** A key as requests come with it. */
export interface RingKey {
  readonly key: AccessKey;
  readonly use: KeyUse;
  readonly takesModel: (model: string) => boolean;
}

export type KeyFault = 'mistyped' | 'unknown' | 'revoked' | 'expired' | 'rotated';

export type KeyVerdict =
  | { readonly found: RingKey; readonly why: null }
  | { readonly found: null; readonly why: KeyFault; readonly name: string | null };

export interface KeyRingOptions {
  /** As they are in the store; the same list for as long as nothing changes. */
  readonly entries: () => readonly RuleEntry[];
  /** New keys are hashed with the first. Asked where there are keys. */
  readonly peppers: () => readonly string[];
}

interface Place {
  readonly ring: RingKey;
  readonly endsAtMs: number | null;
}

const NO_ENTRIES: readonly RuleEntry[] = [];

export class KeyRing {
  readonly #options: KeyRingOptions;
  #entries: readonly RuleEntry[] = NO_ENTRIES;
  #byHash: ReadonlyMap<string, Place> = new Map();
  #byName = new Map<string, RingKey>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** False where none was ever made: then requests are not looked at. */
  get hasKeys(): boolean {
    return this.#options.entries().length > 0;
  }

  /** Whether one is in force. */
  opensAt(nowMs: number): boolean {
    this.#follow();
    return [...this.#byName.values()].some(({ key }) => whyNot(key, nowMs) === null);
  }

  find(text: string, nowMs: number): KeyVerdict {
    if (!isWholeKey(text)) return { found: null, why: 'mistyped', name: null };
    this.#follow();
    for (const pepper of this.#options.peppers()) {
      const place = this.#byHash.get(keyHash(text, pepper));
      if (place === undefined) continue;
      const { ring, endsAtMs } = place;
      const isOver = endsAtMs !== null && nowMs >= endsAtMs;
      const why = whyNot(ring.key, nowMs) ?? (isOver ? 'rotated' : null);
      return why === null ? { found: ring, why } : { found: null, why, name: ring.key.name };
    }
    return { found: null, why: 'unknown', name: null };
  }

  /** Whether a request that runs with it must end. */
  isRevoked({ key }: RingKey): boolean {
    this.#follow();
    const now = this.#byName.get(key.name)?.key;
    return now === undefined || now.revokedAtMs !== null || now.createdAtMs !== key.createdAtMs;
  }

  #follow(): void {
    const entries = this.#options.entries();
    if (entries === this.#entries) return;
    this.#entries = entries;
    const before = this.#byName;
    this.#byName = new Map(entries.map((entry) => [entry.name, ringOf(entry, before)]));
    this.#byHash = new Map(
      [...this.#byName.values()].flatMap((ring) =>
        ring.key.hashes.map(({ hash, endsAtMs }) => [hash, { ring, endsAtMs }] as const),
      ),
    );
  }
}

/** What it has in use stays, also where its tag or models are others now. */
function ringOf(entry: RuleEntry, before: ReadonlyMap<string, RingKey>): RingKey {
  const key = keyOf(entry);
  const earlier = before.get(key.name);
  const tests = key.models?.map(globTest) ?? null;
  return {
    key,
    use: earlier?.use.hasLimits(key) ? earlier.use : new KeyUse(key),
    takesModel: (model) => tests === null || tests.some((matches) => matches(model)),
  };
}

function whyNot({ revokedAtMs, expiresAtMs }: AccessKey, nowMs: number): 'revoked' | 'expired' | null {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && nowMs >= expiresAtMs ? 'expired' : null;
}
