// Lines on their way to the dashboard's thread, a few times a second: under load the journal writes a thousand times a
// second, and a thread that is woken as often takes its turns from the loop that serves traffic.

const GATHER_MS = 100;

export class GatheredLines {
  readonly #handOn: (lines: string) => void;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(handOn: (lines: string) => void) {
    this.#handOn = handOn;
  }

  /** `lines` end with a line end. */
  add(lines: string): void {
    this.#lines += lines;
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  /** Hands on what waits: before whatever may already know of it. */
  flush(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#lines;
    this.#lines = '';
    this.#handOn(lines);
  }
}
