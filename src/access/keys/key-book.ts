// What a user does with access keys: make, list, revoke, rotate. Works on the store alone; a running server follows it.

import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { checkRuleName } from '../../core/given-names.ts';
import { parseLifetimeMs } from '../../core/lifetime.ts';
import type { RuleBook, RuleEntry } from '../../core/rule-book.ts';
import { type AccessKey, isInUse, type KeyHash, type KeyRequest, keyOf, parseKey } from './access-key.ts';
import { keyHash, newKeyText, pepperMark, shownPart } from './key-text.ts';
import { type Revocation, revocationOf } from './waiting-revocations.ts';

export interface KeyBookOptions {
  readonly book: RuleBook;
  readonly clock: Clock;
  /** With which new keys are hashed. Asked only where one is made; `hasKeys`: whether any is in use. */
  readonly pepper: (hasKeys: boolean) => string;
  /** A running server knows its keys, and takes one back, without waiting for its database. */
  readonly running?: RunningKeys;
}

export interface RunningKeys {
  /** As the database has them, where it answers in time. */
  entries(): Promise<readonly RuleEntry[]>;
  /** In force when it returns; told to the database as soon as that answers. */
  revoke(revocation: Revocation): Promise<void>;
}

/** The key itself is told once, to whoever makes it. */
export interface MadeKey {
  readonly key: AccessKey;
  readonly text: string;
}

const GRACE_MS_MAX = 90 * 86_400_000;

export class KeyBook {
  readonly #options: KeyBookOptions;

  constructor(options: KeyBookOptions) {
    this.#options = options;
  }

  /** Those that were revoked, too. */
  async list(): Promise<readonly AccessKey[]> {
    const { running } = this.#options;
    return running === undefined ? this.#stored() : keysIn(await running.entries());
  }

  /** The name of one that was revoked may be given again. */
  async create(name: string, request: KeyRequest): Promise<MadeKey> {
    const { book, clock } = this.#options;
    checkRuleName(name);
    const nowMs = clock.now();
    const stored = await this.#stored();
    const before = stored.find((key) => key.name === name);
    if (before !== undefined && before.revokedAtMs === null)
      throw invalid(`The access key "${name}" exists. Revoke it first, rotate it, or choose another name.`);
    const parts = parseKey(request, nowMs);
    const { text, hash } = this.#newHash(stored.some((key) => isInUse(key, nowMs)));
    const key: AccessKey = { ...parts, name, createdAtMs: nowMs, hashes: [hash], revokedAtMs: null };
    if (before !== undefined) await book.removeRule('key', name);
    if (!(await book.addRule(entryOf(key)))) throw invalid(`The access key "${name}" exists.`);
    return { key, text };
  }

  async revoke(name: string): Promise<AccessKey> {
    const { running, clock } = this.#options;
    const before = liveOf(await this.list(), name);
    const key = { ...before, revokedAtMs: clock.now() };
    if (running === undefined) await this.#change(key);
    else await running.revoke(revocationOf(key, key.revokedAtMs));
    return key;
  }

  /** A new key for the same name; the one before is taken for `grace` longer. */
  async rotate(name: string, grace: string): Promise<MadeKey> {
    const before = liveOf(await this.#stored(), name);
    const graceMs = /^0+[smhd]?$/.test(grace) ? 0 : parseLifetimeMs(grace, GRACE_MS_MAX);
    if (graceMs === undefined)
      throw invalid(`grace "${grace}" is not 0 or a time of up to 90 days, such as 1h.`);
    const nowMs = this.#options.clock.now();
    const endsAtMs = nowMs + graceMs;
    // Those that are over stay for as long: whoever still has one is told what has become of it.
    const kept = before.hashes
      .slice(0, HASHES_MAX - 1)
      .map((each) => ({ ...each, endsAtMs: Math.min(each.endsAtMs ?? endsAtMs, endsAtMs) }));
    const { text, hash } = this.#newHash(true);
    const key = { ...before, hashes: [hash, ...kept] };
    await this.#change(key);
    return { key, text };
  }

  #newHash(hasKeys: boolean): { readonly text: string; readonly hash: KeyHash } {
    const text = newKeyText();
    const pepper = this.#options.pepper(hasKeys);
    const hash = {
      hash: keyHash(text, pepper),
      shown: shownPart(text),
      endsAtMs: null,
      pepper: pepperMark(pepper),
    };
    return { text, hash };
  }

  async #stored(): Promise<readonly AccessKey[]> {
    return keysIn((await this.#options.book.rules()).entries);
  }

  async #change(after: AccessKey): Promise<void> {
    if (!(await this.#options.book.changeRule(entryOf(after)))) liveOf(await this.#stored(), after.name);
  }
}

function keysIn(entries: readonly RuleEntry[]): readonly AccessKey[] {
  return entries.filter(({ kind }) => kind === 'key').map(keyOf);
}

/** Throws `no_data` without one. */
function liveOf(all: readonly AccessKey[], name: string): AccessKey {
  const keys = all.filter(({ revokedAtMs }) => revokedAtMs === null);
  const found = keys.find((key) => key.name === name);
  if (found !== undefined) return found;
  const names = keys.map((key) => `"${key.name}"`).join(', ') || 'none';
  throw new TokenWatchError('no_data', `No access key in use is named "${name}". There are: ${names}.`);
}

const HASHES_MAX = 10;

function entryOf({ name, createdAtMs, ...definition }: AccessKey): RuleEntry {
  return { kind: 'key', name, createdAtMs, definition };
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
