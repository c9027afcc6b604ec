// The server's side of the archive: hands items to the archive's thread, and never waits for it. What it cannot take in
// time is not stored, and counted. The thread starts with the first item, where nothing needs it before.

import type { Worker } from 'node:worker_threads';
import { TokenWatchError } from '../core/errors.ts';
import type { CapturedAnswer, CapturedFacts } from './item-content.ts';
import type { FromThread, Handed, ToThread } from './messages.ts';

/** Bytes that may wait for the thread. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Items wait this long, or until there are so many bytes of them, to be handed over together. */
const BATCH_MS = 25;
const BATCH_BYTES = 1024 * 1024;
/** How long closing waits for what is left. */
const CLOSE_MS = 10_000;

export interface HandedOver {
  readonly facts: CapturedFacts;
  readonly request: Uint8Array;
  readonly answer: (Omit<CapturedAnswer, 'body'> & { readonly chunks: readonly Uint8Array[] }) | null;
}

export interface ArchiveQueueOptions {
  readonly openWorker: () => Worker;
  readonly itemBytesMax: number;
  readonly warn: (message: string) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
}

export class ArchiveQueue {
  readonly #options: ArchiveQueueOptions;
  #thread: Thread | null = null;
  #batch: HandedOver[] = [];
  #batchBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Of the batch, and of what the thread has not dealt with. */
  #waitingBytes = 0;
  #dropped = 0;
  /** It ended by itself: nothing more is stored. */
  #isGone = false;

  constructor(options: ArchiveQueueOptions) {
    this.#options = options;
  }

  /** An answer that is longer than this need not be held for it. */
  get itemBytesMax(): number {
    return this.#options.itemBytesMax;
  }

  /** Throws what kept it from starting: a wrong key. */
  start(): Promise<void> {
    this.#thread ??= this.#open();
    return this.#thread.ready;
  }

  keep({ facts, request, answer }: HandedOver): void {
    if (this.#isGone) return;
    const size = request.length + (answer?.chunks.reduce((sum, { length }) => sum + length, 0) ?? 0);
    if (size > this.#options.itemBytesMax) {
      this.#post({ type: 'skipped', reason: 'too_large', count: 1 });
      return;
    }
    if (this.#waitingBytes + size > WAITING_BYTES_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waitingBytes += size;
    this.#batch.push({ facts, request, answer });
    this.#batchBytes += size;
    if (this.#batchBytes > BATCH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  /** An answer that could not be held until its end. */
  skip(): void {
    if (!this.#isGone) this.#post({ type: 'skipped', reason: 'archive_busy', count: 1 });
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#batch;
    if (batch.length === 0) return;
    const bytes = Buffer.allocUnsafeSlow(this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    let at = 0;
    const add = (part: Uint8Array): void => {
      bytes.set(part, at);
      at += part.length;
    };
    const items = batch.map(({ facts, request, answer }): Handed => {
      add(request);
      const answerStart = at;
      for (const chunk of answer?.chunks ?? []) add(chunk);
      const told = answer && { protocol: answer.protocol, path: answer.path, form: answer.form };
      return { facts, answer: told, requestBytes: request.length, answerBytes: at - answerStart };
    });
    this.#post({ type: 'keep', items: JSON.stringify(items), bytes }, [bytes.buffer]);
  }

  /** Stores what was handed over, as long as that takes no more than some seconds. */
  async close(): Promise<void> {
    this.#flush();
    if (this.#isGone || this.#thread === null) return;
    const { worker, exited } = this.#thread;
    this.#post({ type: 'close' });
    const late = setTimeout(() => worker.terminate(), CLOSE_MS);
    await exited;
    clearTimeout(late);
  }

  #open(): Thread {
    const worker = this.#options.openWorker();
    const ready = Promise.withResolvers<void>();
    const exited = Promise.withResolvers<void>();
    let isReady = false;
    const fail = (error: Error): void => {
      this.#isGone = true;
      // Before it is ready, whoever starts it hears of it.
      if (isReady)
        this.#options.warn(
          `The prompt archive stopped (${error.message}). Traffic goes on; no prompt is stored until the next start.`,
        );
      ready.reject(error);
    };
    worker.on('message', (message: FromThread) => {
      if (message.type === 'ready') {
        isReady = true;
        ready.resolve();
      } else if (message.type === 'warning') this.#options.warn(message.message);
      else if (message.type === 'failure') fail(new TokenWatchError(message.code, message.message));
      else this.#done(message.bytes);
    });
    worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    worker.once('exit', () => {
      this.#isGone = true;
      exited.resolve();
    });
    ready.promise.catch((error: Error) => {
      if (this.#thread !== null) this.#options.warn(`No prompt is stored: ${error.message}`);
    });
    return { worker, ready: ready.promise, exited: exited.promise };
  }

  #done(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#dropped === 0) return;
    this.#post({ type: 'skipped', reason: 'archive_busy', count: this.#dropped });
    this.#dropped = 0;
  }

  #post(message: ToThread, moved: ArrayBuffer[] = []): void {
    this.#thread ??= this.#open();
    this.#thread.worker.postMessage(message, moved);
  }
}
