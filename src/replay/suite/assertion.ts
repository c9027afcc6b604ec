// What a suite asserts of an answer, by promptfoo's names. A kind is an entry in a table; `not-` before its name turns
// it round. What runs code is refused by name.

import type { NanoUsd } from '../../core/money.ts';
import type { AnswerContent } from '../../protocols/answer-content.ts';

export interface AssertionDefinition {
  readonly type: string;
  readonly isNegated: boolean;
  readonly value: unknown;
  readonly threshold: number | null;
  readonly weight: number;
  readonly metric: string | null;
  /** Of an `assert-set`. */
  readonly inner: readonly AssertionDefinition[];
}

export interface AssertedAnswer {
  readonly content: AnswerContent;
  readonly costNanoUsd: NanoUsd | null;
  readonly latencyMs: number;
  /** The request's tools: name and schema of the arguments. */
  readonly tools: ReadonlyMap<string, unknown>;
  /** As it came. */
  readonly document: unknown;
  /** What was asked last. */
  readonly question: string;
  /** Of the test. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What an assertion needs that is not in the answer. */
export interface AssertionHelp {
  /** Cosine of two texts; null where they cannot be compared so. */
  similarity(one: string, other: string): Promise<number | null>;
  /** A judge's grade of an answer by a rubric; throws where there is no judge, or it gives none. */
  grade(
    rubric: string,
    answer: string,
  ): Promise<{ readonly score: number; readonly isPassed: boolean; readonly reason: string }>;
  /** Which of several answers a judge finds best, asked in both orders; null where those disagree. */
  best(criteria: string, answers: readonly string[]): Promise<number | null>;
  /** Why a value is not of a JSON schema; null where it is. */
  schemaFault(schema: unknown, value: unknown): string | null;
}

export interface AssertionOutcome {
  readonly type: string;
  readonly isPassed: boolean;
  /** 0 to 1. */
  readonly score: number;
  readonly reason: string;
  readonly weight: number;
  readonly metric: string | null;
}
