// Whether a stream's usage is asked for where its client did not ask: not of servers that refuse the question, nor of
// those that tell it anyway. What is not asked for is not taken out of the stream.

import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { BaseUrl } from '../../core/upstream.ts';
import { HeldAnswer } from './held-answer.ts';

/** A server may learn the question with its next version. */
const REMEMBERED_MS = 3_600_000;
const REMEMBERED_MAX = 1000;
const MODEL_CHARACTERS_MAX = 200;
/** They end every stream with its usage. */
const TELLS_ANYWAY = new Set(['openrouter.ai']);

export class UsageQuestions {
  readonly #clock: Clock;
  readonly #refusedUntilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayAsk(base: BaseUrl, model: string | null): boolean {
    if (TELLS_ANYWAY.has(base.hostname)) return false;
    if (this.#refusedUntilMs.size === 0) return true;
    const untilMs = this.#refusedUntilMs.get(keyOf(base, model));
    return untilMs === undefined || untilMs <= this.#clock.now();
  }

  refused(base: BaseUrl, model: string | null): void {
    if (this.#refusedUntilMs.size >= REMEMBERED_MAX) this.#refusedUntilMs.clear();
    this.#refusedUntilMs.set(keyOf(base, model), this.#clock.now() + REMEMBERED_MS);
  }

  /** A client's own question was answered: the server knows it by now. */
  answered(base: BaseUrl, model: string | null): void {
    if (this.#refusedUntilMs.size > 0) this.#refusedUntilMs.delete(keyOf(base, model));
  }
}

/** One address may lead to many servers, a model each. */
const keyOf = ({ address }: BaseUrl, model: string | null): string =>
  `${address}\n${(model ?? '').slice(0, MODEL_CHARACTERS_MAX)}`;

/** Statuses of those that do not know a field, and of those that fail over it. */
const REFUSALS = new Set([400, 422, 500, 501]);
const NAMES_THE_QUESTION = /stream_?options|include_?usage/i;

export interface AskedAnswerOptions {
  /** Takes the answer. */
  readonly handler: Dispatcher.DispatchHandler;
  /**
   * The answer is for the question and not for the client, whose own request is to be sent. `namesQuestion` is false
   * where it could not be read.
   */
  readonly onRefused: (namesQuestion: boolean) => void;
}

/** The answer to a request with the question in it: a refusal that names the question does not pass. */
export class AskedAnswer implements Dispatcher.DispatchHandler {
  readonly #options: AskedAnswerOptions;
  #held: HeldAnswer | null = null;

  constructor(options: AskedAnswerOptions) {
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#options.handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    if (!REFUSALS.has(status)) {
      this.#options.handler.onResponseStart?.(controller, status, headers, statusMessage);
      return;
    }
    const raw = (controller.rawHeaders ?? []) as readonly Buffer[];
    const held = new HeldAnswer(controller, status, raw, statusMessage ?? '');
    this.#held = held;
    held.whole((isWhole) => {
      const text = isWhole ? held.text : null;
      const namesQuestion = text !== null && NAMES_THE_QUESTION.test(text);
      if (text !== null && !namesQuestion) held.passTo(this.#options.handler);
      else this.#options.onRefused(namesQuestion);
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#held === null) this.#options.handler.onResponseData?.(controller, chunk);
    else this.#held.push(chunk);
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    if (this.#held === null) this.#options.handler.onResponseEnd?.(controller, trailers);
    else this.#held.end();
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#held === null) this.#options.handler.onResponseError?.(controller, error);
    else this.#held.drop();
  }
}
