// The journal: one line when a request starts, one when it has ended, in the spool; the loader does the rest.
// It never throws for a storage fault: lines that cannot be written wait in memory and are tried again.

import { counted } from '../core/counted.ts';
import { type EndedSums, NOTHING_ENDED, withEnd } from '../core/ended-sums.ts';
import type { Journal } from '../core/journal.ts';
import { Linked, LinkedSet } from '../core/linked-set.ts';
import type { NanoUsd } from '../core/money.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import type { SpoolWriter } from './spool.ts';
import { endLine, startLine, startText } from './spool-line.ts';

/** Lines that wait in memory while the spool cannot be written. Past it the oldest are dropped, and counted. */
const WAITING_LINES_MAX = 100_000;
const ROTATE_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 250;
/** How long the end of a request may wait for a start to share its write. */
const END_WAITS_MS = 5;

export interface JournalStatus {
  /** Lines not yet on disk. */
  readonly waitingLines: number;
  readonly droppedLines: number;
  readonly inFlight: number;
  readonly lastError: string | null;
}

export interface JournalOptions {
  readonly spool: SpoolWriter;
  /** New lines are on disk: these, and what has ended with them. Called at most once per write. */
  readonly onWritten: (lines: string, ended: EndedSums) => void;
  /** One line for the operator, when a fault begins and when it has passed. */
  readonly warn: (message: string) => void;
}

/** A request in flight. Its start becomes text when it is first written: by then the request is on its way. */
class Entry extends Linked {
  #start: RequestStart;
  #text: string | null = null;

  constructor(start: RequestStart) {
    super();
    this.#start = start;
  }

  get start(): RequestStart {
    return this.#start;
  }

  raise(reservedNanoUsd: NanoUsd, paidModel: string | null): void {
    const { paidModel: _before, ...start } = this.#start;
    this.#start = { ...start, reservedNanoUsd, ...(paidModel !== null && { paidModel }) };
    this.#text = null;
  }

  get text(): string {
    this.#text ??= startText(this.start);
    return this.#text;
  }
}

export class SpoolJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #inFlight = new LinkedSet<Entry>();
  /** Starts as entries, ends as lines. */
  #waiting: (Entry | string)[] = [];
  #startWaits = false;
  /** Since the last write. */
  #ended = NOTHING_ENDED;
  #ends: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  #droppedLines = 0;
  /** Of the dropped lines, those of the fault that lasts. */
  #lostLines = 0;
  #lastError: string | null = null;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  start(start: RequestStart): Entry {
    const entry = new Entry(start);
    this.#inFlight.add(entry);
    this.#queueStart(entry);
    return entry;
  }

  /** The start is written again; the later line counts. */
  raise(entry: Entry, reservedNanoUsd: NanoUsd, paidModel: string | null = null): void {
    entry.raise(reservedNanoUsd, paidModel);
    this.#queueStart(entry);
  }

  settle(entry: Entry, end: RequestEnd): void {
    if (!this.#inFlight.delete(entry)) throw new Error(`request ${entry.start.id} was settled twice`);
    this.#ended = withEnd(this.#ended, end);
    // An end is in no hurry: the next start takes it along, and saves a write for each request.
    if (this.#queue(endLine(entry.text, end)))
      this.#ends ??= setTimeout(() => this.#flushEnds(), END_WAITS_MS);
  }

  flushStarts(): void {
    if (this.#startWaits) this.flush();
  }

  makeDurable(): boolean {
    this.flush();
    return this.#waiting.length === 0;
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
    if (this.#ends !== null) clearTimeout(this.#ends);
    if (this.#waiting.length > 0) this.#write();
    if (this.#waiting.length > 0)
      this.#options.warn(
        `RECORDS ARE LOST: ${counted(this.#waiting.length, 'line')} that could not be written (${this.#lastError ?? 'no reason is known'}), starts and ends of requests, end with this process. What these requests cost is in no report, and budgets know nothing of it after the next start.`,
      );
    this.#options.spool.close();
  }

  #queueStart(entry: Entry): void {
    if (!this.#queue(entry) || this.#startWaits) return;
    this.#startWaits = true;
    setImmediate(() => this.flushStarts());
  }

  #flushEnds(): void {
    this.#ends = null;
    this.flush();
  }

  #queue(line: Entry | string): boolean {
    if (this.#closed) return false;
    this.#waiting.push(line);
    if (this.#waiting.length > WAITING_LINES_MAX) {
      this.#waiting.shift();
      this.#droppedLines += 1;
      this.#lostLines += 1;
    }
    return true;
  }

  #write(): void {
    this.#startWaits = false;
    try {
      // A leading line end closes the half line that a failed write may have left.
      let text = this.#lastError === null ? '' : '\n';
      for (const line of this.#waiting) text += `${typeof line === 'string' ? line : startLine(line.text)}\n`;
      this.#options.spool.write(text);
      this.#waiting = [];
      if (this.#lastError !== null) this.#options.warn(`The journal writes again; ${this.#loss()}.`);
      this.#lastError = null;
      this.#lostLines = 0;
      const ended = this.#ended;
      this.#ended = NOTHING_ENDED;
      this.#options.onWritten(text, ended);
      if (this.#options.spool.bytes > ROTATE_BYTES) this.#rotate();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The fresh file begins with the starts in flight, so that the old one can go once it is loaded. */
  #rotate(): void {
    this.#options.spool.rotate();
    const starts = [...this.#inFlight].map((entry) => startLine(entry.text));
    if (starts.length > 0) this.#options.spool.write(`${starts.join('\n')}\n`);
  }

  #loss(): string {
    return this.#lostLines === 0
      ? 'no record was lost on the way'
      : `${counted(this.#lostLines, 'line was', 'lines were')} dropped, the oldest first, because too many waited`;
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
