// Lets an answer through in small parts, gives others their turn between them where it takes long, and stops it while
// somebody has to think about it.

import type { Dispatcher } from 'undici';
import { type Guarded, guard } from '../guard.ts';

/** Of an answer between two looks: plain, and where it expands. */
export const PART_BYTES = 2 * 1024;
const SMALL_PART_BYTES = 256;
/** Let through before others have their turn. */
const TURN_BYTES_MAX = 64 * 1024;
/** So long what is made of a burst may keep others waiting. */
const TURN_MS_MAX = 10;

export class HeldFlow implements Dispatcher.DispatchHandler {
  partBytes: number;
  readonly #next: Dispatcher.DispatchHandler;
  readonly #guarded: Guarded;
  #queue: Buffer[] = [];
  #room = TURN_BYTES_MAX;
  #leftMs = TURN_MS_MAX;
  #isTurnPlanned = false;
  #controller: Dispatcher.DispatchController | null = null;
  #isHeld = false;
  /** Its own pause; another's is another's to end. */
  #hasPaused = false;
  #end: (() => void) | null = null;

  /** A fault in what it lets through later is the fault of `guarded`. Parts are small until it is known what comes. */
  constructor(next: Dispatcher.DispatchHandler, guarded: Guarded, partBytes = SMALL_PART_BYTES) {
    this.#next = next;
    this.#guarded = guarded;
    this.partBytes = partBytes;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#flow();
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#next.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    this.#next.onResponseStart?.(controller, status, headers, statusMessage);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#controller = controller;
    this.#queue.push(chunk);
    this.#flow();
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    this.#end = () => this.#next.onResponseEnd?.(controller, trailers);
    this.#flow();
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    // What came before the break, and waited only for others to have their turn, was received.
    this.#takeTurn();
    while (!this.#isHeld && !controller.aborted && this.#queue.length > 0) {
      this.#pass(controller);
      this.#takeTurn();
    }
    this.#queue = [];
    this.#end = null;
    this.#next.onResponseError?.(controller, error);
  }

  #flow(): void {
    const controller = this.#controller;
    if (controller !== null) this.#pass(controller);
    if (this.#isHeld || this.#queue.length > 0) {
      if (controller?.paused === false) {
        this.#hasPaused = true;
        controller.pause();
      }
      if (!this.#isHeld) this.#planTurn();
      return;
    }
    if (this.#hasPaused) {
      this.#hasPaused = false;
      if (controller?.aborted === false && controller.paused) controller.resume();
    }
    const end = this.#end;
    this.#end = null;
    end?.();
  }

  #pass(controller: Dispatcher.DispatchController): void {
    let nowMs = performance.now();
    while (!this.#isHeld && this.#room > 0 && this.#leftMs > 0) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) return;
      const { partBytes } = this;
      if (chunk.length > partBytes) this.#queue.unshift(chunk.subarray(partBytes));
      this.#room -= partBytes;
      this.#next.onResponseData?.(controller, chunk.subarray(0, partBytes));
      const beganMs = nowMs;
      nowMs = performance.now();
      this.#leftMs -= nowMs - beganMs;
    }
  }

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    const turn = (): void => {
      this.#isTurnPlanned = false;
      this.#takeTurn();
      this.#flow();
    };
    setImmediate(guard(this.#guarded, turn));
  }

  #takeTurn(): void {
    this.#room = TURN_BYTES_MAX;
    this.#leftMs = TURN_MS_MAX;
  }
}
