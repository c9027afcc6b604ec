// What a fault run knows from the outside: what clients asked and got, what the upstream saw, what the records say.

import type { RequestRecord } from '../../../src/core/record.ts';

/**
 * What a request is for.
 * - `plain`: no budget, one prompt of its own
 * - `limited`: of an application with a hard budget
 * - `cached`: a prompt that other callers ask as well
 * - `unpriced`: a model that nobody knows
 * - `routed`: in an A/B test, and explained before it was sent
 */
export type Kind = 'plain' | 'limited' | 'cached' | 'unpriced' | 'routed';

/**
 * How a client fared.
 * - `whole`: an answer, to its end
 * - `broken`: an answer that broke off
 * - `none`: no answer
 * - `left`: it went away itself
 * - `hung`: nothing had ended it after a minute
 */
export type Ending = 'whole' | 'broken' | 'none' | 'left' | 'hung';

/** What the server said would become of a request. */
export interface Explained {
  readonly model: string | null;
  readonly variant: string | null;
  readonly tag: string | null;
}

export interface Asked {
  /** Its session: the record carries it. */
  readonly key: string;
  /** By which the upstream knows it: the key, or the prompt where several ask the same. */
  readonly prompt: string;
  readonly kind: Kind;
  readonly app: string;
  /** Whether the upstream was asked to behave. */
  readonly isWell: boolean;
  readonly sentDigest: string;
  /** The same body with the A/B test's other model in it; null where it is in none. */
  readonly otherDigest: string | null;
  readonly explained: Explained | null;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly ending: Ending;
  readonly status: number | null;
  readonly requestId: string | null;
  /** TokenWatch's own error. */
  readonly ownError: string | null;
  readonly gotDigest: string | null;
  /** Whose answer it is, where the answer tells: the caller and the prompt. */
  readonly answersTo: string | null;
  readonly caller: string;
}

/** One arrival at the upstream. */
export interface Seen {
  readonly bodyDigest: string;
  /** Of the body that it wrote to the end; null where it wrote none, or no HTTP. */
  answerDigest: string | null;
  /** What it would put on the bill. */
  costNanoUsd: number;
}

export type RecordFacts = Pick<
  RequestRecord,
  'id' | 'session' | 'app' | 'tag' | 'outcome' | 'costNanoUsd' | 'modelRequested' | 'modelSent' | 'variant'
>;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Evidence {
  readonly asked: readonly Asked[];
  /** Arrivals by prompt. */
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  readonly records: readonly RecordFacts[];
  /** Of each application with a hard budget, in nano-dollars. */
  readonly limits: ReadonlyMap<string, number>;
  /** While the process was dead, or the upstream. */
  readonly outages: readonly Span[];
  /** How often the server ended without having been told to. */
  readonly deaths: number;
}
