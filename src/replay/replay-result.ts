// What came of asking a stored prompt again, and the file in which a run keeps it: a run that is broken off goes on
// where it was, and pays for nothing twice.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import type { ProtocolName } from '../core/protocol.ts';
import { makeFolders } from '../runtime/make-folders.ts';

export interface ReplayResult {
  readonly key: string;
  readonly promptId: string;
  readonly target: string;
  readonly turn: number;
  readonly api: ProtocolName;
  /** The proxy's record of it. */
  readonly requestId: string | null;
  readonly status: number | null;
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null for an unknown price. */
  readonly costNanoUsd: NanoUsd | null;
  /** Null where none came. */
  readonly answer: unknown;
  /** Why there is no good answer; null for one. */
  readonly error: string | null;
}

type Line =
  | { readonly type: 'started'; readonly key: string }
  | { readonly type: 'result'; readonly result: ReplayResult };

export class ResultFile {
  readonly #path: string;
  readonly #results = new Map<string, ReplayResult>();
  /** They have left, and nothing is written of what came of it. */
  readonly #open = new Set<string>();
  readonly #paid = new Map<string, { readonly nanoUsd: NanoUsd; readonly unknown: number }>();
  /** A process that was killed left half a line: what follows must not be written behind it. */
  #endsInHalf = false;

  /** Takes in what earlier runs left in it. Throws `invalid_argument` for a file of another kind. */
  constructor(path: string) {
    this.#path = path;
    if (!existsSync(path)) {
      makeFolders(dirname(path));
      return;
    }
    const lines = readFileSync(path, 'utf8').split('\n');
    this.#endsInHalf = lines.at(-1) !== '';
    for (const [index, text] of lines.entries()) {
      if (text.trim() === '') continue;
      const line = parse(text);
      // A process that was killed may have left half a line: it was about a request that is known to have started.
      if (line === null && index > 0) continue;
      if (line === null)
        throw new TokenWatchError(
          'invalid_argument',
          `${path} is there already, and holds no results of a replay.`,
        );
      if (line.type === 'started') this.#open.add(line.key);
      else this.#take(line.result);
    }
  }

  /** A good answer; null where there is none yet. */
  done(key: string): ReplayResult | null {
    const result = this.#results.get(key);
    return result?.error === null ? result : null;
  }

  /** How many results it holds. */
  get size(): number {
    return this.#results.size;
  }

  /** What came of it the last time, good or not; null where nothing did. */
  result(key: string): ReplayResult | null {
    return this.#results.get(key) ?? null;
  }

  /** What all that came of it has cost, good or not; what nobody knows counts as `worstNanoUsd` each. */
  paidFor(key: string, worstNanoUsd: NanoUsd): NanoUsd {
    const { nanoUsd, unknown } = this.#paid.get(key) ?? NOTHING;
    return nanoUsd + unknown * worstNanoUsd;
  }

  /** Whether it left, and nobody knows what came of it: it may have been paid. */
  isInDoubt(key: string): boolean {
    return this.#open.has(key);
  }

  started(key: string): void {
    this.#open.add(key);
    this.#append({ type: 'started', key });
  }

  add(result: ReplayResult): void {
    this.#take(result);
    this.#append({ type: 'result', result });
  }

  #take(result: ReplayResult): void {
    this.#open.delete(result.key);
    this.#results.set(result.key, result);
    const { nanoUsd, unknown } = this.#paid.get(result.key) ?? NOTHING;
    this.#paid.set(
      result.key,
      result.costNanoUsd === null
        ? { nanoUsd, unknown: unknown + 1 }
        : { nanoUsd: nanoUsd + result.costNanoUsd, unknown },
    );
  }

  #append(line: Line): void {
    const text = `${this.#endsInHalf ? '\n' : ''}${JSON.stringify(line)}\n`;
    appendFileSync(this.#path, text, { mode: 0o600 });
    this.#endsInHalf = false;
  }
}

const NOTHING = { nanoUsd: 0, unknown: 0 };

function parse(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Partial<Record<'type' | 'key' | 'result', unknown>>;
    if (line.type === 'started' && typeof line.key === 'string') return { type: 'started', key: line.key };
    return line.type === 'result' && typeof line.result === 'object' && line.result !== null
      ? { type: 'result', result: line.result as ReplayResult }
      : null;
  } catch {
    // The caller says what becomes of it.
    return null;
  }
}
