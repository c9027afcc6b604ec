// How long clients wait before they say that a request hangs. One clock for all: a timer for each of a thousand requests
// a second, a minute long, would be most of what a client does.

const LOOK_MS = 1000;

export class Patience {
  readonly #open = new Map<AbortController, number>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Aborted after that time, unless it is told before that it has ended. */
  waits(ms: number): AbortController {
    const controller = new AbortController();
    this.#open.set(controller, performance.now() + ms);
    return controller;
  }

  ended(controller: AbortController): void {
    this.#open.delete(controller);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [controller, deadlineMs] of this.#open) if (deadlineMs < nowMs) controller.abort();
  }
}
