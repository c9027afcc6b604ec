// How far two answers agree, in ways that need no model: to the letter, but for how it is written, as JSON, and in the
// tools that they call.

import { isDeepStrictEqual } from 'node:util';
import { withoutEnd } from '../core/without-end.ts';
import type { AnswerContent, ToolCall } from '../protocols/answer-content.ts';

export interface Agreement {
  readonly exact: boolean;
  /** But for case, white space and the marks at the ends of sentences. */
  readonly normalised: boolean;
  /** Whether both are JSON and say the same; null where not both are. */
  readonly json: boolean | null;
  /** Whether both are JSON of the same fields and types, whatever the values. */
  readonly jsonStructure: boolean | null;
  /** F1 of the calls that are in both, name and arguments; null where neither calls a tool. */
  readonly toolCalls: number | null;
}

export function agreementOf(was: AnswerContent, is: AnswerContent): Agreement {
  const [first, second] = [jsonIn(was.text), jsonIn(is.text)];
  const both = first !== undefined && second !== undefined;
  return {
    exact: was.text === is.text && isDeepStrictEqual(was.toolCalls, is.toolCalls),
    normalised:
      normalised(was.text) === normalised(is.text) && isDeepStrictEqual(was.toolCalls, is.toolCalls),
    json: both ? isDeepStrictEqual(first, second) : null,
    jsonStructure: both ? isDeepStrictEqual(shapeOf(first), shapeOf(second)) : null,
    toolCalls:
      was.toolCalls.length + is.toolCalls.length === 0 ? null : toolCallF1(was.toolCalls, is.toolCalls),
  };
}

/** Precision and recall of calls as one figure; each call counts once. */
export function toolCallF1(expected: readonly ToolCall[], actual: readonly ToolCall[]): number {
  const left = [...expected];
  let hits = 0;
  for (const call of actual) {
    const at = left.findIndex((other) => isDeepStrictEqual(other, call));
    if (at === -1) continue;
    left.splice(at, 1);
    hits += 1;
  }
  return expected.length + actual.length === 0 ? 1 : (2 * hits) / (expected.length + actual.length);
}

export function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/)
    .map((word) => withoutEnd(word, MARKS))
    .filter((word) => word !== '')
    .join(' ');
}

const MARKS = '.!?,;:';

/** The JSON that a text is, alone or in a block of code; undefined for none. */
export function jsonIn(text: string): unknown {
  const trimmed = text.trim();
  const fenced = /^```(?:json)?[^\S\n]*\n([\s\S]*)\n```$/.exec(trimmed)?.[1] ?? trimmed;
  if (!/^\s*[[{]/.test(fenced)) return undefined;
  try {
    return JSON.parse(fenced);
  } catch {
    // A text that begins like JSON is a text.
    return undefined;
  }
}

/** Fields and types alone; of a list the kinds of its items. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort();
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}
