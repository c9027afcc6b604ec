// Reads large bodies in a thread of their own: text, JSON and all that is lenient about it take up to a second there,
// and what comes back takes milliseconds here.

import { Worker } from 'node:worker_threads';
import type { BodyDigest } from '../body-digest.ts';
import type { RefusedBody, TranslatedBody, TranslationQuestion } from '../body-translation.ts';

/** What a body holds, or why nothing can be read of it. */
export type ThreadReading =
  | {
      /** Of a very large body, with its long texts cut. */
      readonly document: unknown;
      /** Null for a body whose document is whole. */
      readonly digest: BodyDigest | null;
      /** As UTF-8, where the body is not that itself; null where it is. */
      readonly text: Uint8Array | null;
      readonly reason: null;
    }
  | { readonly reason: 'no JSON' | 'too many members' | 'too deep' | 'long names' | 'a name twice' };

export interface ThreadQuestion {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Null where it is to be read. */
  readonly translation: TranslationQuestion | null;
}

export interface ThreadAnswer {
  readonly id: number;
  readonly answer: ThreadReading | TranslatedBody | RefusedBody;
}

type Done = (answer: ThreadAnswer['answer'] | null) => void;

export class BodyThread {
  readonly #waiting = new Map<number, Done>();
  #worker: Worker | null = null;
  #lastId = 0;

  /** Calls `done` once, later; with null where the thread died over a body. */
  read(body: Buffer, done: (reading: ThreadReading | null) => void): void {
    this.#ask(body, null, done as Done);
  }

  /** The same of a body that was read before. */
  translate(
    text: Buffer,
    question: TranslationQuestion,
    done: (translated: TranslatedBody | RefusedBody | null) => void,
  ): void {
    this.#ask(text, question, done as Done);
  }

  #ask(body: Buffer, translation: TranslationQuestion | null, done: Done): void {
    this.#lastId += 1;
    const isShared = body.buffer instanceof SharedArrayBuffer;
    const bytes = isShared ? body : Uint8Array.from(body);
    const question: ThreadQuestion = { id: this.#lastId, bytes, translation };
    this.#waiting.set(question.id, done);
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(question, isShared ? [] : [bytes.buffer as ArrayBuffer]);
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./body-thread-worker.${extension}`, import.meta.url));
    worker.on('message', ({ id, answer }: ThreadAnswer) => {
      this.#settle(id, answer);
      if (this.#waiting.size === 0) worker.unref();
    });
    const giveUp = (): void => {
      // Its error is told before its exit: by then the next one may be at work.
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const id of [...this.#waiting.keys()]) this.#settle(id, null);
    };
    worker.on('error', giveUp);
    worker.on('exit', giveUp);
    worker.on('messageerror', giveUp);
    return worker;
  }

  #settle(id: number, answer: ThreadAnswer['answer'] | null): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(answer);
  }
}
