// Words of a text in any script, in a form in which equal words are equal strings.

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

export function readWords(text: string): readonly string[] {
  return [...segmenter.segment(text.normalize('NFKC').toLowerCase())]
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment }) => segment);
}

/** Every number, in order, digits of any script as ASCII. */
export function numbersIn(text: string): readonly string[] {
  return text.normalize('NFKC').match(/\p{Nd}+(?:[.,:/]\p{Nd}+)*/gu) ?? [];
}
