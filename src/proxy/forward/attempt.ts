// One candidate's turn: its answer passes to the relay, or is held back while the next candidate is asked.
//
// States: waiting → begun (a good head came; while another candidate is left it waits for the body's first byte, since
// some upstreams say 200 and then fall silent or break) → passing (the relay has it) | held (kept aside, bounded) |
// failed (nothing came that a client could have).

import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import { beginsWithError } from '../../upstream/failover.ts';
import { contentEncodingIn, decodedStart } from '../content-codings.ts';
import { HeldAnswer } from './held-answer.ts';

/** The client's end of a request that is at its upstreams. */
export interface Waiting {
  /** Why the request was ended from there; null where it was not. */
  readonly abortReason: Error | null;
  /** No head came, and another upstream is asked: the wait for an answer begins anew. */
  waitAgain(): void;
  /** There is no answer, for this reason. */
  fail(error: Error): void;
}

export interface AttemptHead {
  readonly status: number;
  readonly rawHeaders: readonly Buffer[];
}

export interface AttemptOptions {
  readonly waiting: Waiting;
  /** What an answer passes to. */
  readonly sink: Dispatcher.DispatchHandler;
  /** How long the head is waited for; null: as long as the forwarder does. */
  readonly headTimeoutMs: number | null;
  /** Whether a head of that status waits for the body's first byte. */
  readonly waitsForBody: (status: number) => boolean;
  /** Null to let the answer pass; otherwise it is held back, and what was returned is called with it. */
  readonly onHead: (head: AttemptHead) => ((answer: HeldAnswer) => void) | null;
  /** Nothing came. */
  readonly onFailure: (cause: Error) => void;
  /** An answer that passes broke off. */
  readonly onBroken: (cause: Error) => void;
}

export class Attempt implements Dispatcher.DispatchHandler {
  readonly #options: AttemptOptions;
  #timer: NodeJS.Timeout | null = null;
  #timedOut: TokenWatchError | null = null;
  #isPassing = false;
  #held: HeldAnswer | null = null;
  /** Passes the head that waits for its body. */
  #begun: (() => void) | null = null;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { headTimeoutMs, sink } = this.#options;
    this.#stopTimer();
    if (headTimeoutMs !== null) this.#timer = setTimeout(() => this.#giveUp(controller), headTimeoutMs);
    sink.onRequestStart?.(controller, {});
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    parsed: unknown,
    statusMessage?: string,
  ): void {
    // Informational answers are optional hints.
    if (status < 200) return;
    this.#stopTimer();
    const take = (): void => this.#takeHead(controller, status, parsed, statusMessage);
    if (this.#options.waitsForBody(status)) this.#begun = take;
    else take();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#begun !== null && isErrorAtOnce(controller, chunk)) {
      controller.abort(
        new TokenWatchError('upstream_broken', 'The stream began with an error of the provider.'),
      );
      return;
    }
    this.#passBegun();
    if (this.#isPassing) this.#options.sink.onResponseData?.(controller, chunk);
    else this.#held?.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#passBegun();
    if (this.#isPassing) this.#options.sink.onResponseEnd?.(controller, {});
    else this.#held?.end();
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#stopTimer();
    if (this.#held !== null) {
      this.#held.drop();
      return;
    }
    const { waiting, sink, onBroken, onFailure } = this.#options;
    const cause = this.#timedOut ?? waiting.abortReason ?? error;
    if (this.#isPassing) {
      onBroken(cause);
      sink.onResponseError?.(controller, error);
    } else onFailure(cause);
  }

  #passBegun(): void {
    const begun = this.#begun;
    this.#begun = null;
    begun?.();
  }

  #takeHead(
    controller: Dispatcher.DispatchController,
    status: number,
    parsed: unknown,
    statusMessage: string | undefined,
  ): void {
    const rawHeaders = (controller.rawHeaders ?? []) as readonly Buffer[];
    const goOn = this.#options.onHead({ status, rawHeaders });
    if (goOn === null) {
      this.#isPassing = true;
      this.#options.sink.onResponseStart?.(
        controller,
        status,
        parsed as Record<string, string[]>,
        statusMessage,
      );
      return;
    }
    this.#held = new HeldAnswer(controller, status, rawHeaders, statusMessage ?? '');
    goOn(this.#held);
  }

  #giveUp(controller: Dispatcher.DispatchController): void {
    const seconds = (this.#options.headTimeoutMs ?? 0) / 1000;
    this.#timedOut = new TokenWatchError('upstream_timeout', `No stream began within ${seconds} s.`);
    controller.abort(this.#timedOut);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Whether the first bytes of an answer's body, however they are coded, are an error of the provider's. */
function isErrorAtOnce(controller: Dispatcher.DispatchController, chunk: Buffer): boolean {
  const coding = contentEncodingIn((controller.rawHeaders ?? []) as readonly Buffer[]);
  const text = decodedStart(chunk, coding);
  return text !== null && beginsWithError(text);
}
