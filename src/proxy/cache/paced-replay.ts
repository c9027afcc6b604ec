// Sends a stored event stream as a stream: the first event at once, the rest in small parts that end where events do,
// within a second, and never more than the client reads.

import type { ServerResponse } from 'node:http';

/** Calls back after so many milliseconds; returns what calls it off. */
export type Wait = (ms: number, done: () => void) => () => void;

export interface PacedReplayOptions {
  readonly response: Pick<ServerResponse, 'write' | 'end' | 'once'>;
  readonly body: Uint8Array;
  /** Infinity sends everything at once. */
  readonly eventsPerSecond: number;
  readonly wait?: Wait;
}

/** A screen shows no more often; more parts would only cost. */
const PART_MS = 20;
/** A longer answer goes faster: a hit must not feel slow. */
const REPLAY_MS_MAX = 1000;

const timerWait: Wait = (ms, done) => {
  const timer = setTimeout(done, ms);
  return () => clearTimeout(timer);
};

export class PacedReplay {
  readonly #response: PacedReplayOptions['response'];
  readonly #parts: readonly Uint8Array[];
  readonly #wait: Wait;
  #next = 0;
  #sentBytes = 0;
  #callOff: (() => void) | null = null;
  #isOver = false;

  constructor({ response, body, eventsPerSecond, wait = timerWait }: PacedReplayOptions) {
    this.#response = response;
    this.#parts = partsOf(body, eventsPerSecond);
    this.#wait = wait;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  start(): void {
    this.#response.once('close', () => this.#stop());
    this.#send();
  }

  /** Ends the stream here, where an event has ended, with an event of ours. */
  endWith(event: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#stop();
    this.#response.end(event);
  }

  #send(): void {
    if (this.#isOver) return;
    const part = this.#parts[this.#next] as Uint8Array;
    this.#next += 1;
    this.#sentBytes += part.length;
    if (this.#next === this.#parts.length) {
      this.#isOver = true;
      this.#response.end(part);
      return;
    }
    const later = (): void => {
      if (!this.#isOver) this.#callOff = this.#wait(PART_MS, () => this.#send());
    };
    if (this.#response.write(part)) later();
    else this.#response.once('drain', later);
  }

  #stop(): void {
    this.#isOver = true;
    this.#callOff?.();
  }
}

/** At least one; joined they are the body. */
export function partsOf(body: Uint8Array, eventsPerSecond: number): readonly Uint8Array[] {
  const ends = Number.isFinite(eventsPerSecond) ? eventEnds(body) : [];
  const ms = Math.min(REPLAY_MS_MAX, (1000 * ends.length) / eventsPerSecond);
  const count = Math.min(ends.length, 1 + Math.floor(ms / PART_MS));
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let part = 1; part < count; part += 1) {
    const to = ends[Math.round((part * ends.length) / count) - 1] as number;
    parts.push(body.subarray(from, to));
    from = to;
  }
  parts.push(body.subarray(from));
  return parts;
}

/** Behind the blank line of each event. A stream that ends its lines in another way goes as one part. */
function eventEnds(body: Uint8Array): readonly number[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (const blankLine of ['\n\n', '\r\n\r\n']) {
    const ends: number[] = [];
    for (let at = bytes.indexOf(blankLine); at !== -1; at = bytes.indexOf(blankLine, at + blankLine.length))
      ends.push(at + blankLine.length);
    if (ends.length > 0) return ends;
  }
  return [];
}
