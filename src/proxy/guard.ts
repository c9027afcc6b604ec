// The guard around a request's whole life: a fault of ours in any step of it ends that request, and nothing else.
// Whatever happens to a request happens in an event of its request or response, in an event of its upstream, or in a
// step that was put off; each of the three goes through here.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { http } from '../runtime/node-http.ts';
import { hasTooManyHeaders, tooMany } from './header-bound.ts';

/** So long may one answer keep everybody else waiting. */
const BUSY_MS_MAX = 10;
/** No answer of so few bytes is dear to read: it is not timed. */
const CHEAP_BYTES = 32 * 1024;

/** Whose life it is. */
export interface Guarded {
  /** Ends it as well as it can still be ended. Never throws. */
  crash(fault: unknown): void;
}

export class GuardedRequest extends http.IncomingMessage {
  guarded: Guarded | null = null;

  override emit(...event: Parameters<IncomingMessage['emit']>): boolean {
    try {
      return super.emit(...event);
    } catch (fault) {
      return caught(this.guarded, fault);
    }
  }
}

export class GuardedResponse extends http.ServerResponse<GuardedRequest> {
  guarded: Guarded | null = null;

  override emit(...event: Parameters<ServerResponse['emit']>): boolean {
    try {
      return super.emit(...event);
    } catch (fault) {
      return caught(this.guarded, fault);
    }
  }
}

/** A step that is done later, or by others. */
export function guard<Given extends unknown[]>(
  guarded: Guarded,
  step: (...given: Given) => void,
): (...given: Given) => void {
  return (...given) => {
    try {
      step(...given);
    } catch (fault) {
      guarded.crash(fault);
    }
  };
}

/** What comes of an upstream's answer; a fault in it ends the upstream's part as well. */
export class GuardedHandler implements Dispatcher.DispatchHandler {
  readonly #guarded: Guarded;
  readonly #handler: Dispatcher.DispatchHandler;
  /** Since others had their turn. */
  #busyMs = 0;
  #bytes = 0;

  constructor(guarded: Guarded, handler: Dispatcher.DispatchHandler) {
    this.#guarded = guarded;
    this.#handler = handler;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    try {
      this.#handler.onRequestStart?.(controller, context);
    } catch (fault) {
      this.#end(controller, fault);
    }
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    if (hasTooManyHeaders(controller.rawHeaders)) {
      controller.abort(tooMany('headers'));
      return;
    }
    try {
      this.#handler.onResponseStart?.(controller, status, headers, statusMessage);
    } catch (fault) {
      this.#end(controller, fault);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    const isTimed = this.#bytes > CHEAP_BYTES;
    const beganMs = isTimed ? performance.now() : 0;
    try {
      this.#handler.onResponseData?.(controller, chunk);
    } catch (fault) {
      this.#end(controller, fault);
    }
    if (!isTimed) return;
    this.#busyMs += performance.now() - beganMs;
    if (this.#busyMs > BUSY_MS_MAX) this.#letOthersIn(controller);
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    if (hasTooManyHeaders(controller.rawTrailers)) {
      this.onResponseError(controller, tooMany('trailers'));
      return;
    }
    try {
      this.#handler.onResponseEnd?.(controller, trailers);
    } catch (fault) {
      this.#guarded.crash(fault);
    }
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    try {
      this.#handler.onResponseError?.(controller, error);
    } catch (fault) {
      this.#guarded.crash(fault);
    }
  }

  /** What is dear to read (a megabyte of blank lines) comes in a burst: others have their turn in between. */
  #letOthersIn(controller: Dispatcher.DispatchController): void {
    this.#busyMs = 0;
    // Its client's pace holds it already.
    if (controller.paused || controller.aborted) return;
    controller.pause();
    setImmediate(() => {
      if (!controller.aborted) controller.resume();
    });
  }

  #end(controller: Dispatcher.DispatchController, fault: unknown): void {
    this.#guarded.crash(fault);
    if (!controller.aborted) controller.abort(fault instanceof Error ? fault : new Error(String(fault)));
  }
}

/** A fault before it is known whose it is goes on, to whoever opened the connection. */
function caught(guarded: Guarded | null, fault: unknown): boolean {
  if (guarded === null) throw fault;
  guarded.crash(fault);
  return true;
}
