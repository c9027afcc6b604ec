// Reads large bodies in a thread of their own: text, JSON and all that is lenient about it take up to a second there,
// and what comes back takes milliseconds here.

import { Worker } from 'node:worker_threads';

/** What a body holds, or why nothing can be read of it. */
export type ThreadReading =
  | {
      readonly document: unknown;
      /** As UTF-8, where the body is not that itself; null where it is. */
      readonly text: Uint8Array | null;
      readonly reason: null;
    }
  | { readonly reason: 'no JSON' | 'too many members' | 'too deep' };

export interface ThreadQuestion {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** It is to be given back. */
  readonly isGiven: boolean;
}

export type ThreadAnswer = ThreadReading & { readonly id: number };

type Done = (reading: ThreadReading | null) => void;

export class BodyThread {
  readonly #waiting = new Map<number, Done>();
  #worker: Worker | null = null;
  #lastId = 0;

  /**
   * Calls `done` once, later; with null where the thread died over a body. One that is given away is gone, and comes
   * back as the text.
   */
  read(body: Buffer, isGiven: boolean, done: Done): void {
    this.#lastId += 1;
    const isShared = body.buffer instanceof SharedArrayBuffer;
    // A part of a larger buffer would take that along.
    const isWhole = body.length === body.buffer.byteLength;
    const bytes = isShared || (isGiven && isWhole) ? body : Uint8Array.from(body);
    const question: ThreadQuestion = { id: this.#lastId, bytes, isGiven };
    this.#waiting.set(question.id, done);
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(question, isShared ? [] : [bytes.buffer as ArrayBuffer]);
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./body-thread-worker.${extension}`, import.meta.url));
    worker.on('message', (answer: ThreadAnswer) => {
      this.#settle(answer.id, answer);
      if (this.#waiting.size === 0) worker.unref();
    });
    const giveUp = (): void => {
      if (this.#worker === worker) this.#worker = null;
      for (const id of [...this.#waiting.keys()]) this.#settle(id, null);
    };
    worker.on('error', giveUp);
    worker.on('exit', giveUp);
    worker.on('messageerror', giveUp);
    return worker;
  }

  #settle(id: number, reading: ThreadReading | null): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(reading);
  }
}
