// Lets an answer through in small parts, and stops it between two of them while somebody has to think about it.

import type { Dispatcher } from 'undici';

/** Of an answer between two looks. */
const PART_BYTES = 2 * 1024;

export class HeldFlow implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler;
  #queue: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #isHeld = false;
  /** Its own pause; another's is another's to end. */
  #hasPaused = false;
  #end: (() => void) | null = null;

  constructor(next: Dispatcher.DispatchHandler) {
    this.#next = next;
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
    this.#queue = [];
    this.#end = null;
    this.#next.onResponseError?.(controller, error);
  }

  #flow(): void {
    const controller = this.#controller;
    while (!this.#isHeld && controller !== null) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      if (chunk.length > PART_BYTES) this.#queue.unshift(chunk.subarray(PART_BYTES));
      this.#next.onResponseData?.(controller, chunk.subarray(0, PART_BYTES));
    }
    if (this.#isHeld) {
      if (controller?.paused === false) {
        this.#hasPaused = true;
        controller.pause();
      }
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
}
