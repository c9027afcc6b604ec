// Reads an English prompt into canonical words: frames rewritten, empty words left out, synonyms and forms made equal.

import { applyFrames } from './english-frames.ts';
import {
  EMPTY_WORDS,
  FUNCTION_WORDS,
  LIGHT_WORDS,
  meaningOf,
  NUMBER_WORDS,
  SOFT_WORDS,
  stemOf,
  WEIGHTLESS_WORDS,
} from './english-words.ts';

export interface EnglishWord {
  /** Equal for words that mean the same. */
  readonly key: string;
  /** As it is read aloud in the canonical text. */
  readonly text: string;
  /** May be missing on one side, or be another of its kind. */
  readonly isSoft: boolean;
}

/** Questions that a yes or no answers: in them each word counts, and so does its form. */
const YES_OR_NO =
  /^(?:is|are|was|were|am|has|have|had|did|does|do|can|could|will|would|should|is_there|meaning)\b/;

export function readEnglish(words: readonly string[]): {
  readonly isStrict: boolean;
  readonly words: readonly EnglishWord[];
} {
  const framed = applyFrames(` ${words.join(' ')} `).trim();
  const isStrict = YES_OR_NO.test(framed);
  const isHow = / how /.test(` ${framed} `);
  const isGeneric = (isHow || ADVICE.test(framed)) && !namesTwo(words);
  const read: EnglishWord[] = [];
  const list = framed.split(' ');
  for (const [index, word] of list.entries()) {
    if (EMPTY_WORDS.has(word) && !(word === 'a' && isLetter(list[index + 1]))) continue;
    if (isHow && POSSESSIVES.has(word)) continue;
    const number =
      word === 'one' && TIMES.test(list[index + 1] ?? '')
        ? '1'
        : (NUMBER_WORDS.get(word) ?? NUMBER_WORDS.get(meaningOf(word)));
    const text =
      number ?? meaningOf(isGeneric && isSecond(word) ? 'i' : !isStrict && word === 'would' ? 'will' : word);
    const isSoft =
      SOFT_WORDS.has(text) || (!isStrict && (WEIGHTLESS_WORDS.has(text) || LIGHT_WORDS.has(text)));
    const last = read.at(-1);
    if (last?.text === text) continue;
    read.push({ key: isStrict ? text : stemOf(text), text, isSoft });
  }
  return { isStrict, words: read };
}

/** Whoever asks what one should do, asks for anyone: "you" and "I" are the same person, if only one is in the text. */
const ADVICE = /^(?:(?:what|where|when|why)(?: \S+){0,3} (?:should|can|could) i|where get|should i|can i)\b/;
const TIMES = /^(?:minute|hour|day|night|week|month|year|decade|century)s?$/;
const isFirst = (word: string): boolean => /^(?:i|me|my|mine|myself|we|us|our|ours|ourselves)$/.test(word);
const isSecond = (word: string): boolean => /^(?:you|your|yours|yourself)$/.test(word);
const namesTwo = (words: readonly string[]): boolean => words.some(isFirst) && words.some(isSecond);

/** "Subtract a from b": what stands before no noun is no article. */
const isLetter = (next: string | undefined): boolean =>
  next === undefined || SOFT_WORDS.has(next) || FUNCTION_WORDS.has(next) || EMPTY_WORDS.has(next);

const POSSESSIVES: ReadonlySet<string> = new Set(['my', 'your', 'our', 'ones']);

const MARKERS =
  /\b(?:what|who|whom|whose|when|where|why|how|which|is|are|was|were|do|does|did|can|could|should|would|will|the|a|an|of|to|in|for|and|my|your|i|you|it|with|on|explain|define|convert|write)\b/g;
/** Common words of other languages that are none in English. */
const OTHERS =
  /\b(?:der|das|und|ist|nicht|wie|ich|ein|eine|les|des|est|que|qui|une|dans|pour|avec|por|para|como|los|las|una|il|della|che|sono|di|het|een|hoe|wat|och|att|som|jak|czy|nie|nao|voce|esta|cual|donde|quel|quelle|comment)\b/;

/** Whether a text reads as English, so that the tables of English words may be used on it. */
export function isEnglish(words: readonly string[]): boolean {
  const text = words.join(' ');
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/[a-z]/g)?.length ?? 0;
  return (
    latin >= letters * 0.9 && letters > 0 && (text.match(MARKERS)?.length ?? 0) > 0 && !OTHERS.test(text)
  );
}
