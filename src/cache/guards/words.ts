// A text's words in a form in which equal words are equal strings: compatible characters made equal, lower case,
// contractions written out, numbers and the signs that change a meaning as words of their own.

const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:can't|cannot|cant)\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/\bain't\b/g, 'is not'],
  [/\b(do|does|did|is|are|was|were|has|have|had|should|would|could|must|need|might|shall)n't\b/g, '$1 not'],
  [/\b(do|does|did|is|are|was|were|has|have|had|should|would|could)nt\b/g, '$1 not'],
  [/\bi'm\b/g, 'i am'],
  [/\blet's\b/g, 'let us'],
  [/\b(what|who|how|where) s(?= )/g, '$1 is'],
  [/\b(what|who|how|where|when|why|which|that|there|here|it|he|she)'s\b/g, '$1 is'],
  [/\b(what|who|how|where|when|why|it)s(?= (?:the|a|an|it|your|my|is|best)\b)/g, '$1 is'],
  [/\b([a-z]+)'re\b/g, '$1 are'],
  [/\b([a-z]+)'ve\b/g, '$1 have'],
  [/\b([a-z]+)'ll\b/g, '$1 will'],
  [/\b([a-z]+)'d\b/g, '$1 would'],
  [/(\p{L})'s?(?=\s|$|\p{P})/gu, '$1'],
];

/**
 * A word with the signs that belong to it (C++, C#), a number with its marks, a run of signs that change a meaning, or
 * any other signs that stand alone. Plain punctuation is left out.
 */
const WORD =
  /[\p{L}\p{M}\u200c\u200d]+(?:\.(?:com|org|net|in|io|ai|co|uk|js|py|ts|app|dev)(?!\p{L}))*(?:\+\+|#)?|\p{N}+(?:[.,:/]\p{N}+)*|[%$€£¥₹°<>=≤≥≠±×÷√∞^~|&@\\{}[\]*+#]+|[\p{So}\p{Emoji_Presentation}]|(?<=\s)[^\p{L}\p{N}\s?!.,;:"'…–—-]+(?=[\s?.!]|$)|(?<=[\s(])-(?=\p{N})/gu;

const QUOTES = /[’‘`´ʼ]/g;
const THOUSANDS = /(?<=\p{N}),(?=\p{N}{3}(?!\p{N}))/gu;
/** Words that are a name or an acronym only in capitals. */
const CAPITALS: ReadonlyMap<string, string> = new Map([
  ['US', 'usa'],
  ['U.S.', 'usa'],
  ['U.S', 'usa'],
  ['IT', 'it_acronym'],
  ['WHO', 'who_acronym'],
  ['AIDS', 'aids_acronym'],
  ['OR', 'or_acronym'],
]);
/** "Which NGOs …" and "which NGO …". */
export const PLURAL_ACRONYM = /(?<![\p{L}.])(\p{Lu}{2,})s(?![\p{L}\p{N}])/gu;
const CAPITAL_WORD = /(?<![\p{L}.])(?:U\.S\.|U\.S|US|IT|WHO|AIDS|OR)(?![\p{L}])/gu;

/** The same text for the same words: what comparisons begin with. */
export function plainText(text: string): string {
  const normal = text.normalize('NFKC').replace(QUOTES, "'").replace(/\s+/gu, ' ').trim();
  // In a text that is all in capitals they tell nothing.
  const marked = /\p{Ll}/u.test(normal)
    ? normal.replace(CAPITAL_WORD, (word) => CAPITALS.get(word) ?? word).replace(PLURAL_ACRONYM, '$1')
    : normal;
  return marked.toLowerCase();
}

export function readWords(text: string): readonly string[] {
  let plain = plainText(text);
  for (const [contraction, full] of CONTRACTIONS) plain = plain.replace(contraction, full);
  return plain.replace(THOUSANDS, '').match(WORD) ?? [];
}
