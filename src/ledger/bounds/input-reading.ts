// What a body makes a model read, where the body is too large to be looked at each time that somebody asks.

import { type InputBound, inputBound, inputTexts } from './input-bound.ts';

/** A text, as far as it is counted with a tokenizer: of the rest, its bytes stand. */
export interface CountedText {
  readonly counted: string;
  readonly restBytes: number;
}

export interface InputReading extends CountedText {
  readonly bound: InputBound;
}

/** About 50 ms. */
const COUNTED_CHARACTERS_MAX = 256 * 1024;

export function inputReading(body: unknown): InputReading {
  return { bound: inputBound(body), ...countedInput(body) };
}

export function countedInput(body: unknown): CountedText {
  return countedOf(inputTexts(body).join('\n'));
}

export function countedOf(text: string): CountedText {
  const counted = text.slice(0, COUNTED_CHARACTERS_MAX);
  return { counted, restBytes: Buffer.byteLength(text.slice(counted.length)) };
}
