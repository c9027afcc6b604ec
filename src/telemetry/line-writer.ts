// Writes lines to a file descriptor without ever waiting for its reader.
//
// States: idle → writing (one write at a time; what comes meanwhile waits, within a bound) → idle, or gone (nobody reads
// any more). Node's own stdout would hold up the process while a pipe is full.

import { write } from 'node:fs';

export interface LineWriterOptions {
  readonly fileDescriptor: number;
  /** What is said once there is room again. */
  readonly droppedLine: (count: number) => string;
  /** Lines beyond it are dropped, and counted. */
  readonly waitingCharactersMax?: number;
}

const WAITING_CHARACTERS_MAX = 4 * 1024 * 1024;
/** A pipe that is full, or a disk, is tried again after this. */
const RETRY_MS = 50;
const RETRIED: ReadonlySet<string> = new Set(['EAGAIN', 'ENOSPC', 'EDQUOT', 'EINTR']);
/** What waits when the process ends gets this long. */
const CLOSE_MS = 1000;

export class LineWriter {
  readonly #options: Required<LineWriterOptions>;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #dropped = 0;
  #state: 'idle' | 'writing' | 'gone' = 'idle';
  #whenIdle: (() => void) | null = null;

  constructor(options: LineWriterOptions) {
    this.#options = { waitingCharactersMax: WAITING_CHARACTERS_MAX, ...options };
  }

  write(line: string): void {
    if (this.#state === 'gone') return;
    if (this.#waitingCharacters + line.length > this.#options.waitingCharactersMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (this.#state === 'idle') this.#next();
  }

  /** Returns when all is written, or after a moment. */
  async close(): Promise<void> {
    if (this.#state !== 'writing') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle = resolve;
    const timer = setTimeout(resolve, CLOSE_MS);
    await promise;
    clearTimeout(timer);
    this.#state = 'gone';
  }

  #next(): void {
    const lines = this.#waiting;
    if (this.#dropped > 0) lines.push(this.#options.droppedLine(this.#dropped));
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#dropped = 0;
    if (lines.length === 0) {
      this.#state = 'idle';
      this.#whenIdle?.();
      return;
    }
    this.#state = 'writing';
    this.#put(Buffer.from(`${lines.join('\n')}\n`));
  }

  #put(bytes: Buffer): void {
    write(this.#options.fileDescriptor, bytes, (error, written) => {
      if (this.#state === 'gone') return;
      if (error === null) {
        if (written < bytes.length) this.#put(bytes.subarray(written));
        else this.#next();
      } else if (RETRIED.has(error.code ?? '')) setTimeout(() => this.#put(bytes), RETRY_MS).unref();
      else {
        this.#state = 'gone';
        this.#waiting = [];
        this.#whenIdle?.();
      }
    });
  }
}
