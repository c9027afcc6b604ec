// Reads upstreams' own keys where they lie, at the moment of use: a key that is changed in its file is the next one sent.

import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { KeySource, Upstream } from '../core/upstream.ts';

export interface KeyReaderOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly clock: Clock;
}

/** A file is read again after this. */
const FILE_MS = 1000;
const KEY_FORM = /^[\x21-\x7e]{1,8192}$/;

export class KeyReader {
  readonly #options: KeyReaderOptions;
  readonly #files = new Map<string, { readonly text: string; readonly atMs: number }>();

  constructor(options: KeyReaderOptions) {
    this.#options = options;
  }

  /** Null for an upstream without a key of its own. Throws `upstream_key_missing`, without the key in the message. */
  keyOf({ name, key }: Upstream): string | null {
    if (key === null) return null;
    const text = this.#read(name, key).trim();
    if (KEY_FORM.test(text)) return text;
    const place = placeOf(key);
    throw new TokenWatchError(
      'upstream_key_missing',
      text === ''
        ? `Upstream "${name}" has no key: ${place} is ${key.from === 'file' ? 'empty' : 'not set where the server runs'}.`
        : `The key of upstream "${name}" in ${place} holds blanks or other characters that no key has.`,
    );
  }

  /** Reads every file again when it is next needed. */
  forget(): void {
    this.#files.clear();
  }

  /** Whether it can be read, for reports. */
  has(upstream: Upstream): boolean {
    try {
      return this.keyOf(upstream) !== null;
    } catch {
      // What is wrong is said when a request needs it.
      return false;
    }
  }

  #read(upstream: string, { from, name }: KeySource): string {
    const { environment, readFile, clock } = this.#options;
    if (from === 'environment') return environment[name] ?? '';
    const known = this.#files.get(name);
    const nowMs = clock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < FILE_MS) return known.text;
    try {
      const text = readFile(name);
      this.#files.set(name, { text, atMs: nowMs });
      return text;
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
      throw new TokenWatchError(
        'upstream_key_missing',
        `Upstream "${upstream}" has no key: the file ${name} cannot be read (${reason}).`,
        { cause },
      );
    }
  }
}

export const placeOf = ({ from, name }: KeySource): string =>
  from === 'file' ? `the file ${name}` : `the environment variable ${name}`;
