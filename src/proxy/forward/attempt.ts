// One candidate's turn: its answer passes to the relay, or is held back while the next candidate is asked.
//
// States: waiting → begun (a good head came; while another candidate is left it waits for the body's first byte, since
// some upstreams say 200 and then fall silent or break) → passing (the relay has it) | held (kept aside, bounded) |
// failed (nothing came that a client could have).

import type { Dispatcher } from 'undici';
import { TokenWatchError } from '../../core/errors.ts';
import { beginsWithError, statusAtOnce } from '../../upstream/failover.ts';
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

interface Head {
  readonly status: number;
  /** What it counts as. */
  readonly judged: number;
  readonly parsed: unknown;
  readonly statusMessage: string | undefined;
}

export interface AttemptOptions {
  readonly waiting: Waiting;
  /** What an answer passes to. */
  readonly sink: Dispatcher.DispatchHandler;
  /** How long the head is waited for, and the first byte where that is; null: as long as the forwarder does. */
  readonly headTimeoutMs: number | null;
  /** Whether a stream was asked for: one without a byte is none. */
  readonly isStream: boolean;
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
  /** Takes the head that waits for its body, as of another status where the body says so. */
  #begun: ((judged?: number) => void) | null = null;

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
    const take = (judged = status): void => {
      this.#stopTimer();
      this.#takeHead(controller, { status, judged, parsed, statusMessage });
    };
    if (this.#options.waitsForBody(status)) this.#begun = take;
    else take();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#begun !== null) {
      const text = firstText(controller, chunk);
      if (text !== null && beginsWithError(text)) {
        controller.abort(
          new TokenWatchError('upstream_broken', 'The stream began with an error of the provider.'),
        );
        return;
      }
      this.#passBegun(text === null ? null : statusAtOnce(text));
    }
    if (this.#isPassing) this.#options.sink.onResponseData?.(controller, chunk);
    else this.#held?.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#begun !== null && this.#options.isStream) {
      this.#stopTimer();
      this.#options.onFailure(new TokenWatchError('upstream_broken', 'The stream ended before it began.'));
      return;
    }
    this.#passBegun(null);
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

  #passBegun(judged: number | null): void {
    const begun = this.#begun;
    this.#begun = null;
    begun?.(judged ?? undefined);
  }

  #takeHead(controller: Dispatcher.DispatchController, head: Head): void {
    const { status, judged, parsed, statusMessage } = head;
    const rawHeaders = (controller.rawHeaders ?? []) as readonly Buffer[];
    const goOn = this.#options.onHead({ status: judged, rawHeaders });
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

/** What the first bytes of an answer's body say, however they are coded; null where that cannot be told. */
function firstText(controller: Dispatcher.DispatchController, chunk: Buffer): string | null {
  const coding = contentEncodingIn((controller.rawHeaders ?? []) as readonly Buffer[]);
  return decodedStart(chunk, coding);
}
