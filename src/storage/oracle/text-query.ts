// Words to search for, in the language of Oracle Text: each a phrase of its own, and nothing in it an operator.

/** Null where there is no word to search for. */
export function wantedWords(words: readonly string[]): string | null {
  // Signs are no words of the index: "a-b" is the phrase "a b".
  const phrases = words.flatMap((word) => {
    const parts = word.match(/[\p{L}\p{N}\p{M}_]+/gu);
    return parts === null ? [] : [`{${parts.join(' ')}}`];
  });
  return phrases.length === 0 ? null : phrases.join(' AND ');
}
