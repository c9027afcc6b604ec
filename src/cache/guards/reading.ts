// What the guards know of a prompt. Each text is read alone, by the same rules whichever side it stands on.

import { type EnglishWord, isEnglish, readEnglish } from './english.ts';
import { meaningOf, stemOf } from './english-words.ts';
import { PLURAL_ACRONYM, readWords } from './words.ts';

export interface Reading {
  /** As it was written, compatible characters and white space aside: what code is compared by. */
  readonly text: string;
  readonly isEnglish: boolean;
  readonly isCode: boolean;
  /** Questions that a yes or no answers are compared word by word. */
  readonly isStrict: boolean;
  /** "What are some …": any of the kind will do, and so will the best. */
  readonly asksForSome: boolean;
  readonly words: readonly EnglishWord[];
  readonly quotes: readonly string[];
  /** Words that are written with a capital inside of a sentence, in lower case. */
  readonly names: ReadonlySet<string>;
}

const CODE =
  /[;{}`]|=>|[=!<>]=|&&|\|\||\w\(|\)\.|<\/?\w+[ />]|[<>]\s*\w+\s*[<>)]|\b\w<\w|\w>\w\b|#include|\\\w|\$[a-zA-Z_]|\b\w+_\w+|(?:^|\s)--?[a-z][\w-]*\b|\b(?:SELECT|INSERT|UPDATE|DELETE)\b.+\b(?:FROM|INTO|SET)\b|\b(?:def|function|const|let|var|import|return|class)\s+\w+\s*[=({:]|\b\w+\s*=\s*\S|\b\w+\[\w+\]|(?:^|\s)[.~]?\/[\w.-]+|https?:|\b\w+@\w+/;
const ASKS_FOR_SOME = /^(?:what|which) (?:is|are) (?:some|a few|the most|few|one of the most)\b/;
const QUOTED = /["“”„«»「」『』]+([^"“”„«»「」『』]+)["“”„«»「」『』]+/gu;
const CAPITALISED = /(?<=\p{L}[,;:)”"']*\s["“(']*)\p{Lu}[\p{L}\p{M}]*/gu;

export function read(prompt: string): Reading {
  const text = prompt.normalize('NFKC').replace(/\s+/gu, ' ').trim();
  const words = readWords(prompt);
  const english = isEnglish(words);
  return {
    text,
    isEnglish: english,
    isCode: CODE.test(text),
    asksForSome: ASKS_FOR_SOME.test(words.join(' ')),
    ...(english
      ? readEnglish(words)
      : { isStrict: true, words: words.map((word) => ({ key: word, text: word, isSoft: false })) }),
    quotes: [...text.toLowerCase().matchAll(QUOTED)].map(([, inside = '']) => inside.trim()).sort(),
    names: new Set(
      /\p{Ll}/u.test(text)
        ? (text.replace(PLURAL_ACRONYM, '$1').match(CAPITALISED) ?? []).map((name) =>
            stemOf(meaningOf(name.toLowerCase())),
          )
        : [],
    ),
  };
}
