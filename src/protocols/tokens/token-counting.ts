// Counts tokens of OpenAI's o200k vocabulary in time that grows with the text's length, whatever the text.

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * The vocabulary's merges take time that is quadratic in the length of a word, and a word is what no blank
 * divides: a page of Chinese, a line of base64, a row of dashes. Longer ones are counted in parts, each cut adding
 * a token at most.
 */
const WORD_CHARACTERS_MAX = 128;
const LONG_WORD = new RegExp(`\\S{${WORD_CHARACTERS_MAX}}|\\s{${WORD_CHARACTERS_MAX}}`, 'gu');

/** Special tokens in the text are text. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

export function countO200kTokens(text: string): number {
  let tokens = 0;
  let from = 0;
  for (const { index, 0: word } of text.matchAll(LONG_WORD)) {
    const to = index + word.length;
    tokens += countTokens(text.slice(from, to), AS_TEXT);
    from = to;
  }
  return tokens + countTokens(text.slice(from), AS_TEXT);
}
