// Estimates tokens with OpenAI's public o200k vocabulary, for all models: other providers publish none.

import { Worker } from 'node:worker_threads';
import type { TokenEstimator } from '../core/journal.ts';

/** Longer texts are counted up to here, and the rest in proportion. */
export const TEXT_CHARACTERS_MAX = 1_000_000;
/** English prose has about four characters a token; used only where the worker has died. */
const CHARACTERS_PER_TOKEN = 4;

export class TokenCounter implements TokenEstimator {
  readonly #waiting = new Map<number, (tokens: number | null) => void>();
  #worker: Worker | null = null;
  #lastId = 0;

  async count(text: string, _model: string | null = null, characters = text.length): Promise<number> {
    if (text === '') return 0;
    const part = text.slice(0, TEXT_CHARACTERS_MAX);
    const tokens = (await this.tokens(part)) ?? part.length / CHARACTERS_PER_TOKEN;
    return Math.ceil((tokens * characters) / part.length);
  }

  /** Counts the whole text; null where the worker died over it. */
  tokens(text: string): Promise<number | null> {
    const counted = Promise.withResolvers<number | null>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, counted.resolve);
    this.#worker ??= this.#startWorker();
    this.#worker.ref();
    this.#worker.postMessage({ id: this.#lastId, text });
    return counted.promise;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #startWorker(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./token-counter-worker.${extension}`, import.meta.url));
    worker.on('message', ({ id, tokens }: { id: number; tokens: number }) => {
      this.#waiting.get(id)?.(tokens);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', () => this.#giveUp(worker));
    worker.on('exit', () => this.#giveUp(worker));
    return worker;
  }

  /** Once for each that died: its error is told before its exit, and the next may be at work by then. */
  #giveUp(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
