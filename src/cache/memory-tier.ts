// The answers used last, in memory: bounded in bytes, least recently used out first.

import type { CachedAnswer } from './ports.ts';

/** What an entry takes besides its body: key, parts, the map's own share. */
const ENTRY_OVERHEAD_BYTES = 2048;

export class MemoryTier {
  readonly #bytesMax: number;
  /** In the order of their last use. */
  readonly #answers = new Map<string, CachedAnswer>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#answers.size;
  }

  find(key: string, nowMs: number): CachedAnswer | null {
    const answer = this.#answers.get(key);
    if (answer === undefined) return null;
    this.#answers.delete(key);
    if (answer.expiresAtMs <= nowMs) {
      this.#bytes -= bytesOf(answer);
      return null;
    }
    this.#answers.set(key, answer);
    return answer;
  }

  /** Without a use: what expires or goes next stays as it was. */
  peek(key: string): CachedAnswer | null {
    return this.#answers.get(key) ?? null;
  }

  put(answer: CachedAnswer): void {
    this.remove(answer.key);
    const bytes = bytesOf(answer);
    if (bytes > this.#bytesMax) return;
    this.#answers.set(answer.key, answer);
    this.#bytes += bytes;
    for (const key of this.#answers.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.remove(key);
    }
  }

  remove(key: string): void {
    const answer = this.#answers.get(key);
    if (answer === undefined) return;
    this.#answers.delete(key);
    this.#bytes -= bytesOf(answer);
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }
}

function bytesOf(answer: CachedAnswer): number {
  return answer.body.byteLength + ENTRY_OVERHEAD_BYTES;
}
