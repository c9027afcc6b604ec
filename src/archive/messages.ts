// What the server and its archive thread tell each other.

import type { ErrorCode } from '../core/errors.ts';
import type { CapturedAnswer, CapturedFacts } from './item-content.ts';
import type { SkipReason } from './ports.ts';

/** Several items at once: a message costs the loop more than what is in it. */
export interface KeepMessage {
  readonly type: 'keep';
  /** A list of `Handed`, as JSON: cheaper than a structured clone. */
  readonly items: string;
  /** Of each item in turn the request's bytes, then the answer's. It changes hands without a copy. */
  readonly bytes: Uint8Array;
}

export interface Handed {
  readonly facts: CapturedFacts;
  readonly answer: Omit<CapturedAnswer, 'body'> | null;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

export type ToThread =
  | KeepMessage
  /** What was not even handed over. */
  | { readonly type: 'skipped'; readonly reason: SkipReason; readonly count: number }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready' }
  /** A message of so many bytes has been dealt with, one way or another. */
  | { readonly type: 'done'; readonly bytes: number }
  | { readonly type: 'warning'; readonly message: string }
  /** It could not start. */
  | { readonly type: 'failure'; readonly code: ErrorCode; readonly message: string };
