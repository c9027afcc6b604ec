// Parses the large documents of answers in a thread of their own.

import { Worker } from 'node:worker_threads';
import type { LargeDocument, ParsedDocument } from '../../core/protocol.ts';
import type { LargeParser } from './paced-meter.ts';

/** In order: all pieces of a document, and with the last one what is asked of it. */
export interface AnswerPiece {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  readonly needsOutlineOnly: boolean;
}

export interface ParsedAnswer {
  readonly id: number;
  /** Null for what could not be handed over. */
  readonly parsed: ParsedDocument | null;
}

type Done = (parsed: ParsedDocument | null) => void;
type Question = Pick<LargeDocument, 'pieces' | 'needsOutlineOnly'>;

/** What is copied for the thread in one turn of the loop. */
const TURN_BYTES_MAX = 4 * 1024 * 1024;
/** Of all documents that it has, or will have. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

export class AnswerThread implements LargeParser {
  readonly #waiting = new Map<number, { readonly done: Done; readonly bytes: number }>();
  #waitingBytes = 0;
  #worker: Worker | null = null;
  #lastId = 0;

  parse(document: Question, done: Done): void {
    const bytes = document.pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      setImmediate(done, null);
      return;
    }
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { done, bytes });
    this.#waitingBytes += bytes;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#send(this.#worker, this.#lastId, document, 0);
  }

  /** Copies, since others hold on to the pieces; a turn of the loop for every few megabytes. */
  #send(worker: Worker, id: number, document: Question, from: number): void {
    const { pieces, needsOutlineOnly } = document;
    let room = TURN_BYTES_MAX;
    for (let at = from; at < pieces.length; at += 1) {
      if (room <= 0) {
        setImmediate(() => this.#send(worker, id, document, at));
        return;
      }
      const bytes = Uint8Array.from(pieces[at]!);
      room -= bytes.length;
      const piece: AnswerPiece = { id, bytes, isLast: at === pieces.length - 1, needsOutlineOnly };
      worker.postMessage(piece, [bytes.buffer]);
    }
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./answer-thread-worker.${extension}`, import.meta.url));
    worker.on('message', ({ id, parsed }: ParsedAnswer) => {
      this.#settle(id, parsed);
      if (this.#waiting.size === 0) worker.unref();
    });
    const giveUp = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const id of [...this.#waiting.keys()]) this.#settle(id, null);
    };
    worker.on('error', giveUp);
    worker.on('exit', giveUp);
    worker.on('messageerror', giveUp);
    return worker;
  }

  #settle(id: number, parsed: ParsedDocument | null): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#waitingBytes -= waiting.bytes;
    waiting.done(parsed);
  }
}
