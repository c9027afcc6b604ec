// The text that is embedded: what a prompt asks, without how it asks. "What is the best way to learn English?" and "How
// can I learn English?" become the same words, so that the distance between vectors is about the matter.

import { read } from './reading.ts';

/** Rises whenever the same prompt may become another text: vectors from before are not compared with those after. */
export const CANONICAL_VERSION = 3;

export function canonicalText(prompt: string): string {
  const { text, isEnglish, isCode, words } = read(prompt);
  if (!isEnglish || isCode || words.length === 0) return text;
  return words.map((word) => word.text).join(' ');
}
