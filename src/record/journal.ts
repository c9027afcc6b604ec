// The journal: one line when a request starts, one when it has ended, in the spool; the loader does the rest.
// It never throws for a storage fault: lines that cannot be written wait in memory and are tried again.

import type { Journal } from '../core/journal.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import type { SpoolWriter } from './spool.ts';

/** Lines that wait in memory while the spool cannot be written. Past it the oldest are dropped, and counted. */
const WAITING_LINES_MAX = 100_000;
const ROTATE_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 250;

export interface JournalStatus {
  /** Lines not yet on disk. */
  readonly waitingLines: number;
  readonly droppedLines: number;
  readonly inFlight: number;
  readonly lastError: string | null;
}

export interface JournalOptions {
  readonly spool: SpoolWriter;
  /** New lines are on disk. Called at most once per write. */
  readonly onWritten: () => void;
  /** One line for the operator, when a fault begins and when it has passed. */
  readonly warn: (message: string) => void;
}

export class SpoolJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #inFlight = new Map<string, RequestStart>();
  #waiting: string[] = [];
  #scheduled = false;
  #retry: NodeJS.Timeout | null = null;
  #droppedLines = 0;
  /** Of the dropped lines, those of the fault that lasts. */
  #lostLines = 0;
  #lastError: string | null = null;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  start(start: RequestStart): void {
    this.#inFlight.set(start.id, start);
    this.#queue(JSON.stringify({ start }));
  }

  settle(start: RequestStart, end: RequestEnd): void {
    if (!this.#inFlight.delete(start.id))
      throw new Error(`request ${start.id} was settled twice or never started`);
    this.#queue(JSON.stringify({ start, end }));
  }

  flush(): void {
    if (this.#waiting.length === 0 || this.#retry !== null || this.#closed) return;
    this.#write();
  }

  status(): JournalStatus {
    return {
      waitingLines: this.#waiting.length,
      droppedLines: this.#droppedLines,
      inFlight: this.#inFlight.size,
      lastError: this.#lastError,
    };
  }

  /** Writes what waits. Lines of requests that settle later are lost: close after the last one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#waiting.length > 0) this.#write();
    if (this.#waiting.length > 0)
      this.#options.warn(`The journal ends with ${this.#waiting.length} lines that could not be written.`);
    this.#options.spool.close();
  }

  #queue(line: string): void {
    if (this.#closed) return;
    this.#waiting.push(line);
    if (this.#waiting.length > WAITING_LINES_MAX) {
      this.#waiting.shift();
      this.#droppedLines += 1;
      this.#lostLines += 1;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #write(): void {
    try {
      // A leading line end closes the half line that a failed write may have left.
      this.#options.spool.write(`${this.#lastError === null ? '' : '\n'}${this.#waiting.join('\n')}\n`);
      this.#waiting = [];
      if (this.#lastError !== null) this.#options.warn(`The journal writes again; ${this.#loss()}.`);
      this.#lastError = null;
      this.#lostLines = 0;
      this.#options.onWritten();
      if (this.#options.spool.bytes > ROTATE_BYTES) this.#rotate();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The fresh file begins with the starts in flight, so that the old one can go once it is loaded. */
  #rotate(): void {
    this.#options.spool.rotate();
    const starts = [...this.#inFlight.values()].map((start) => JSON.stringify({ start }));
    if (starts.length > 0) this.#options.spool.write(`${starts.join('\n')}\n`);
  }

  #loss(): string {
    return this.#lostLines === 0
      ? 'no record was lost on the way'
      : `${this.#lostLines} lines were dropped, the oldest first, because too many waited`;
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#lastError === null) {
      this.#options.warn(`The journal cannot write (${message}). Traffic goes on; records wait in memory.`);
    }
    this.#lastError = message;
    if (this.#retry !== null || this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#write();
    }, RETRY_MS);
    this.#retry.unref();
  }
}
