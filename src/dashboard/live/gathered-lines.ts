// Lines on their way to the dashboard's thread, a few times a second: under load the journal writes a thousand times a
// second, and a thread that is woken as often takes its turns from the loop that serves traffic.

import { type EndedSums, NOTHING_ENDED, withSums } from '../../core/ended-sums.ts';

const GATHER_MS = 100;

export class GatheredLines {
  readonly #handOn: (lines: string, ended: EndedSums) => void;
  #lines = '';
  #ended = NOTHING_ENDED;
  #timer: NodeJS.Timeout | null = null;

  constructor(handOn: (lines: string, ended: EndedSums) => void) {
    this.#handOn = handOn;
  }

  /** `lines` end with a line end; `ended` are the sums of what has ended with them. */
  add(lines: string, ended: EndedSums): void {
    this.#lines += lines;
    this.#ended = withSums(this.#ended, ended);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  /** Hands on what waits: before whatever may already know of it. */
  flush(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    const [lines, ended] = [this.#lines, this.#ended];
    this.#lines = '';
    this.#ended = NOTHING_ENDED;
    this.#handOn(lines, ended);
  }
}
