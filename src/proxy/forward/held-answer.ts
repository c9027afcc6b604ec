// An answer that was not passed on, because another upstream is asked: kept for the case that none answers better.
// Bounded: one that is long or slow is dropped, and its connection with it.

import type { Dispatcher } from 'undici';
import { contentEncodingIn, decodedText } from '../content-codings.ts';

const BYTES_MAX = 64 * 1024;
const TIME_MS_MAX = 2000;

export class HeldAnswer {
  readonly #controller: Dispatcher.DispatchController;
  readonly #status: number;
  readonly #rawHeaders: readonly Buffer[];
  readonly #statusMessage: string;
  readonly #timer: NodeJS.Timeout;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #state: 'coming' | 'whole' | 'dropped' = 'coming';
  #whenDone: ((isWhole: boolean) => void) | null = null;

  constructor(
    controller: Dispatcher.DispatchController,
    status: number,
    rawHeaders: readonly Buffer[],
    statusMessage: string,
  ) {
    this.#controller = controller;
    this.#status = status;
    this.#rawHeaders = rawHeaders;
    this.#statusMessage = statusMessage;
    this.#timer = setTimeout(() => this.drop(), TIME_MS_MAX);
  }

  push(chunk: Buffer): void {
    if (this.#state !== 'coming') return;
    this.#bytes += chunk.length;
    if (this.#bytes > BYTES_MAX) this.drop();
    else this.#chunks.push(chunk);
  }

  end(): void {
    if (this.#state === 'coming') this.#become('whole');
  }

  /** What came of it so far; null where it is coded in a way that cannot be undone here. */
  get text(): string | null {
    return decodedText(Buffer.concat(this.#chunks), contentEncodingIn(this.#rawHeaders));
  }

  /** What is still to come of it is not read. */
  drop(): void {
    if (this.#state !== 'coming') return;
    this.#become('dropped');
    this.#chunks = [];
    this.#controller.abort(new Error('another upstream is asked'));
  }

  /** Calls `done` once, as soon as it is known whether all of it is here. */
  whole(done: (isWhole: boolean) => void): void {
    if (this.#state === 'coming') this.#whenDone = done;
    else done(this.#state === 'whole');
  }

  /** To be called once it is whole. */
  passTo(handler: Dispatcher.DispatchHandler): void {
    const controller: Dispatcher.DispatchController = {
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: [...this.#rawHeaders],
      abort() {},
      pause() {},
      resume() {},
    };
    handler.onResponseStart?.(controller, this.#status, {}, this.#statusMessage);
    for (const chunk of this.#chunks) handler.onResponseData?.(controller, chunk);
    handler.onResponseEnd?.(controller, {});
  }

  #become(state: 'whole' | 'dropped'): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#whenDone?.(state === 'whole');
  }
}
