// A condition is one test of a request. Its kind knows how to read a value that a user wrote, once, and gives a
// test that is pure and takes microseconds.

import { TokenWatchError } from '../core/errors.ts';
import type { RequestView } from './request-view.ts';

/** `tag` is the request's own, or what tagging has given it by then. */
export type ConditionTest = (request: RequestView, tag: string | null) => boolean;

export interface ConditionKind {
  /** What a value looks like, for errors and help. */
  readonly form: string;
  /** Undefined for a value that is not of the form. */
  parse(value: string): ConditionTest | undefined;
  /** What the request has where a condition of that value looks, for explanations. */
  seen(request: RequestView, tag: string | null, value: string): string;
}

export interface ConditionSpec {
  readonly type: string;
  readonly value: string;
}

/** A reader of comparisons: `>4000`, `<=500`, `100..4000`, with `number` reading each figure. */
export function comparison(
  value: string,
  number: (text: string) => number | undefined,
): ((figure: number) => boolean) | undefined {
  const range = /^(.+)\.\.(.+)$/.exec(value.trim());
  if (range !== null) {
    const from = number(range[1]?.trim() ?? '');
    const to = number(range[2]?.trim() ?? '');
    if (from === undefined || to === undefined || from > to) return undefined;
    return (figure) => figure >= from && figure <= to;
  }
  const match = /^(>=|<=|>|<)(.+)$/.exec(value.trim());
  const bound = match === null ? undefined : number(match[2]?.trim() ?? '');
  if (match === null || bound === undefined) return undefined;
  const operator = match[1];
  if (operator === '>') return (figure) => figure > bound;
  if (operator === '>=') return (figure) => figure >= bound;
  if (operator === '<') return (figure) => figure < bound;
  return (figure) => figure <= bound;
}

/** `yes`, `no` and their kin. */
export function yesOrNo(value: string): boolean | undefined {
  if (/^(?:yes|true|on)$/i.test(value.trim())) return true;
  return /^(?:no|false|off)$/i.test(value.trim()) ? false : undefined;
}

export function conditionError(spec: ConditionSpec, form: string): TokenWatchError {
  return new TokenWatchError(
    'invalid_argument',
    `The value "${spec.value}" of condition "${spec.type}" is not ${form}.`,
  );
}
