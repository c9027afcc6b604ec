// What every kind of assertion is made of.

import type { AssertedAnswer, AssertionDefinition, AssertionHelp } from './assertion.ts';

export interface Verdict {
  readonly isPassed: boolean;
  readonly score: number;
  /** Why not, or why; told in either case of `not-`. */
  readonly reason: string;
}

export type Kind = (
  answer: AssertedAnswer,
  definition: AssertionDefinition,
  help: AssertionHelp,
) => Verdict | Promise<Verdict>;

export const verdict = (isPassed: boolean, reason: string, score = isPassed ? 1 : 0): Verdict => ({
  isPassed,
  score,
  reason,
});

const SHOWN = 200;
export const quoted = (text: string): string =>
  JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
/** A list as it is, or one text. */
export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(textOf) : [textOf(value)];
