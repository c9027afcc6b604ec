// How long clients wait before they say that a request hangs. One clock for all: a timer for each of a thousand requests
// a second, a minute long, would be most of what a client does. It counts its own looks: while the machine stands still,
// or is too busy for one, nobody has waited.

const LOOK_MS = 1000;

export class Patience {
  /** For how many looks more. */
  readonly #open = new Map<AbortController, number>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Aborted after that time, unless it is told before that it has ended. */
  waits(ms: number): AbortController {
    const controller = new AbortController();
    this.#open.set(controller, Math.ceil(ms / LOOK_MS));
    return controller;
  }

  ended(controller: AbortController): void {
    this.#open.delete(controller);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [controller, looks] of this.#open) {
      if (looks <= 0) controller.abort();
      else this.#open.set(controller, looks - 1);
    }
  }
}
