// A fault that goes on: the log is told of it once, then how often and since when, in pauses that grow; and of its end.

import { type Clock, systemClock } from './clock.ts';
import { TokenWatchError } from './errors.ts';

export interface RepeatedFaultWords {
  /** The line that tells of it, with what follows from it. */
  readonly first: (reason: string) => string;
  /** The line that tells of its end. */
  readonly over: string;
}

export interface Trouble {
  readonly sinceMs: number;
  readonly times: number;
  /** What was met last. */
  readonly reason: string;
}

const PAUSE_MS = 60_000;
const PAUSE_MAX_MS = 3_600_000;
/** Reasons that are told apart: a fault that words itself anew each time is not told each time. */
const REASONS_MAX = 20;

export class RepeatedFault {
  readonly #words: RepeatedFaultWords;
  readonly #warn: (message: string) => void;
  readonly #clock: Clock;
  readonly #known = new Set<string>();
  #trouble: Trouble | null = null;
  #pauseMs = PAUSE_MS;
  #dueMs = 0;

  constructor(warn: (message: string) => void, words: RepeatedFaultWords, clock: Clock = systemClock) {
    this.#warn = warn;
    this.#words = words;
    this.#clock = clock;
  }

  /** What goes on now; null where all is well. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** A damaged database is told of by whoever sets it aside, once for all that need it. */
  met(error: unknown): void {
    const reason = reasonOf(error);
    const { sinceMs, times } = this.#trouble ?? { sinceMs: this.#clock.now(), times: 0 };
    const isFirst = this.#trouble === null;
    this.#trouble = { sinceMs, times: times + 1, reason };
    if (error instanceof TokenWatchError && error.code === 'database_damaged') return;
    const nowMs = this.#clock.monotonicMs();
    if (this.#isNew(reason)) {
      this.#warn(this.#words.first(reason));
      if (isFirst) this.#dueMs = nowMs + this.#pauseMs;
    } else if (nowMs >= this.#dueMs) {
      this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MAX_MS);
      this.#dueMs = nowMs + this.#pauseMs;
      this.#warn(`${this.#words.first(reason)} So ${times + 1} times since ${moment(sinceMs)}.`);
    }
  }

  /** It went well. */
  over(): void {
    if (this.#trouble === null) return;
    const { sinceMs, times } = this.#trouble;
    this.#trouble = null;
    this.#known.clear();
    this.#pauseMs = PAUSE_MS;
    this.#warn(
      `${this.#words.over} It failed ${times === 1 ? 'once' : `${times} times`} since ${moment(sinceMs)}.`,
    );
  }

  /** Figures in it (ports, milliseconds) make no other fault of it. */
  #isNew(reason: string): boolean {
    const kind = reason.replace(/\d+/g, '#');
    if (this.#known.has(kind) || this.#known.size >= REASONS_MAX) return false;
    this.#known.add(kind);
    return true;
  }
}

/** In one line, and without its full stop: words follow. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}

const moment = (atMs: number): string => new Date(atMs).toISOString();
