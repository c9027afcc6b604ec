// The guards, in the order in which they are asked. Each knows one way in which similar prompts ask for different
// answers, and says why it refuses a pair. One more is an entry here.

import { type Alignment, align } from './alignment.ts';
import { isOfClosedClass } from './english-classes.ts';
import { areOpposites, areRelated } from './english-relations.ts';
import { FUNCTION_WORDS, NEGATIONS, QUESTION_WORDS } from './english-words.ts';
import { type Reading, read } from './reading.ts';

export interface PromptPair extends Alignment {
  readonly similarity: number;
  readonly asked: Reading;
  readonly stored: Reading;
}

export interface Guard {
  readonly name: string;
  readonly about: string;
  /** Null where the guard has nothing against the pair. */
  readonly refuses: (pair: PromptPair) => string | null;
}

export function pairOf(asked: string, stored: string, similarity: number): PromptPair {
  const [ours, theirs] = [read(asked), read(stored)];
  const { onlyAsked, onlyStored, isSameOrder } = align(ours.words, theirs.words);
  return {
    similarity,
    asked: ours,
    stored: theirs,
    // The best of a kind are some of it.
    onlyAsked: theirs.asksForSome ? onlyAsked.filter((word) => word !== 'best') : onlyAsked,
    onlyStored: ours.asksForSome ? onlyStored.filter((word) => word !== 'best') : onlyStored,
    isSameOrder,
  };
}

const oddOnes = (pair: PromptPair): readonly string[] => [...pair.onlyAsked, ...pair.onlyStored];

/** Above it one word may stand for another; and above the second one more word may be said. */
const REPLACED_SIMILARITY = 0.95;
const ADDED_SIMILARITY = 0.97;

/**
 * One word of two similar questions may differ where the vectors all but agree: a synonym that no table knows, or a
 * word without weight. Never in questions that a yes or no answers, never beside numbers (it may be their unit), and
 * never of the kinds that other guards look at.
 */
function isSlight(pair: PromptPair): boolean {
  const { asked, stored, onlyAsked, onlyStored, similarity } = pair;
  if (asked.isStrict || stored.isStrict || onlyAsked.length > 1 || onlyStored.length > 1) return false;
  const [ours, theirs] = [onlyAsked[0], onlyStored[0]];
  if (ours === undefined || theirs === undefined) return similarity >= ADDED_SIMILARITY;
  if (!/^[a-z]{3,}$/.test(ours) || !/^[a-z]{3,}$/.test(theirs)) return false;
  if (areRelated(ours, theirs)) return true;
  return similarity >= REPLACED_SIMILARITY && !asked.words.some(({ key }) => isNumber(key));
}

const ADDED_QUESTIONS: ReadonlySet<string> = new Set(['what', 'why', 'whom', 'where', 'when']);

function answersMore({ asked, stored, onlyAsked, onlyStored, isSameOrder }: PromptPair): boolean {
  if (asked.isStrict || stored.isStrict || onlyAsked.length > 0 || !isSameOrder) return false;
  // A question word at the end or after "and" is a second question; at the beginning it would be another one.
  return (
    onlyStored.every((word) => ADDED_QUESTIONS.has(word)) && stored.words[0]?.key === asked.words[0]?.key
  );
}

/** Refuses where a word of a kind stands on one side only. */
function oddWord(isOfKind: (word: string, pair: PromptPair) => boolean): Guard['refuses'] {
  return (pair) => {
    const odd = oddOnes(pair).find((word) => isOfKind(word, pair));
    return odd === undefined ? null : `only one of them says "${odd}"`;
  };
}

const isNumber = (word: string): boolean => /^\p{N}/u.test(word);
const isSign = (word: string): boolean => !/[\p{L}\p{N}]/u.test(word);
const isName = (word: string, { asked, stored }: PromptPair): boolean =>
  !FUNCTION_WORDS.has(word) && (asked.names.has(word) || stored.names.has(word));
const KINDS: readonly ((word: string, pair: PromptPair) => boolean)[] = [
  isNumber,
  isSign,
  (word) => NEGATIONS.has(word),
  (word) => QUESTION_WORDS.has(word),
  (word) => FUNCTION_WORDS.has(word),
  isOfClosedClass,
  isName,
];

export const GUARDS: readonly Guard[] = [
  {
    name: 'language',
    about: 'one is English and the other is not',
    refuses: ({ asked, stored }) =>
      asked.isEnglish === stored.isEnglish ? null : 'they are in different languages',
  },
  {
    name: 'code',
    about: 'code, paths, addresses and commands must be the same to the letter',
    refuses: ({ asked, stored }) =>
      (asked.isCode || stored.isCode) && asked.text !== stored.text ? 'code is compared to the letter' : null,
  },
  {
    name: 'quotes',
    about: 'quoted text must be the same',
    refuses: ({ asked, stored }) =>
      asked.quotes.join('\n') === stored.quotes.join('\n') ? null : 'they quote different texts',
  },
  {
    name: 'numbers',
    about: 'numbers, dates and amounts',
    refuses: oddWord(isNumber),
  },
  { name: 'signs', about: 'currency, arithmetic and other signs', refuses: oddWord(isSign) },
  { name: 'negation', about: 'not, never, without …', refuses: oddWord((word) => NEGATIONS.has(word)) },
  {
    name: 'antonyms',
    about: 'a word on one side and its opposite on the other',
    refuses: ({ onlyAsked, onlyStored }) => {
      for (const ours of onlyAsked) {
        const theirs = onlyStored.find((word) => areOpposites(ours, word));
        if (theirs !== undefined) return `"${ours}" is the opposite of "${theirs}"`;
      }
      return null;
    },
  },
  { name: 'names', about: 'words written with a capital', refuses: oddWord(isName) },
  {
    name: 'question',
    about: 'what is asked: who, when, why, how …',
    // An answer that also says why, or gives what else was asked for, answers the shorter question too.
    refuses: (pair) => (answersMore(pair) ? null : oddWord((word) => QUESTION_WORDS.has(word))(pair)),
  },
  {
    name: 'function words',
    about: 'tense, modality, quantity, comparison, pronouns and prepositions that matter',
    refuses: oddWord((word) => FUNCTION_WORDS.has(word)),
  },
  {
    name: 'classes',
    about: 'months, units, colours, animals and other words of which none stands for another',
    refuses: oddWord(isOfClosedClass),
  },
  {
    name: 'words',
    about: 'any other word that stands on one side only',
    refuses: oddWord((word, pair) => !KINDS.some((isOfKind) => isOfKind(word, pair)) && !isSlight(pair)),
  },
  {
    name: 'order',
    about: 'the same words in another order',
    refuses: (pair) => (pair.isSameOrder ? null : 'the same words stand in another order'),
  },
];
