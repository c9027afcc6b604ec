// Which words two prompts share, and in which order.

import type { EnglishWord } from './english.ts';

export interface Alignment {
  /** Words that count and have no partner on the other side. */
  readonly onlyAsked: readonly string[];
  readonly onlyStored: readonly string[];
  readonly isSameOrder: boolean;
}

export function align(asked: readonly EnglishWord[], stored: readonly EnglishWord[]): Alignment {
  const [ours, theirs] = [hardKeys(asked), hardKeys(stored)];
  // "log in" and "login": the same letters, cut another way.
  const isSameOrigin = origins(asked) === origins(stored);
  if (ours.join('') === theirs.join('')) return { onlyAsked: [], onlyStored: [], isSameOrder: isSameOrigin };
  const onlyAsked = without(ours, theirs).filter((word) => !isRepeated(word, asked, theirs));
  const onlyStored = without(theirs, ours).filter((word) => !isRepeated(word, stored, ours));
  return {
    onlyAsked,
    onlyStored,
    isSameOrder: isSameOrigin && (isSameSequence(ours, theirs) || isRotation(keysOf(asked), keysOf(stored))),
  };
}

/** Of the soft words one turns a question round: "to Rome from Oslo" and "from Rome to Oslo" have the same others. */
function origins(words: readonly EnglishWord[]): string {
  const isBothWays = ['from', 'to'].every((preposition) => words.some(({ key }) => key === preposition));
  if (!isBothWays) return '';
  return words
    .flatMap(({ key }, index) =>
      key === 'from' ? (words.slice(index).find(({ isSoft }) => !isSoft)?.key ?? '') : [],
    )
    .join(' ');
}

const keysOf = (words: readonly EnglishWord[]): readonly string[] => words.map(({ key }) => key);
const hardKeys = (words: readonly EnglishWord[]): readonly string[] =>
  words.filter(({ isSoft }) => !isSoft).map(({ key }) => key);

/** Words that both say stand in the same order, whichever of two equal ones is left out. */
function isSameSequence(ours: readonly string[], theirs: readonly string[]): boolean {
  const common = (words: readonly string[], others: readonly string[]): readonly string[] =>
    words.filter((word) => others.includes(word));
  const [one, other] = [common(ours, theirs), common(theirs, ours)];
  const first = (words: readonly string[]): string => [...new Set(words)].join(' ');
  const last = (words: readonly string[]): string => first([...words].reverse());
  return (
    one.join(' ') === other.join(' ') ||
    (one.length !== other.length && (first(one) === first(other) || last(one) === last(other)))
  );
}

function without(words: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return words.filter((word) => {
    const index = left.indexOf(word);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** "Green tea and black tea" says no more than "green and black tea". */
function isRepeated(word: string, words: readonly EnglishWord[], others: readonly string[]): boolean {
  return others.includes(word) && words.some(({ key }) => key === 'and') && !/^\p{N}/u.test(word);
}

const CONJUNCTIONS: ReadonlySet<string> = new Set(['and', 'or', 'vs', 'versus']);
const SYMMETRIC: ReadonlySet<string> = new Set([
  'married',
  'related',
  'engaged',
  'close',
  'similar',
  'connected',
]);
const LINKING: ReadonlySet<string> = new Set(['to', 'with']);
const MOVABLE: ReadonlySet<string> = new Set([
  'in',
  'on',
  'at',
  'for',
  'with',
  'from',
  'during',
  'without',
  'of',
]);
/** Prepositions that say the same of a part that has been moved. */
const SAME_PREPOSITIONS: ReadonlyMap<string, string> = new Map([
  ['for', 'of'],
  ['at', 'in'],
  ['on', 'in'],
]);
const COMPOUNDING: ReadonlySet<string> = new Set(['of', 'for', 'in', 'on', 'about']);

/**
 * Whether two neighbouring parts have changed places without a change of meaning: around "and" or "or", with the
 * preposition that belongs to one of them, or a compound for its preposition ("colleges for law", "law colleges").
 */
function isRotation(asked: readonly string[], stored: readonly string[]): boolean {
  let start = 0;
  while (start < asked.length && asked[start] === stored[start]) start += 1;
  let ends = 0;
  while (
    ends < Math.min(asked.length, stored.length) - start &&
    asked[asked.length - 1 - ends] === stored[stored.length - 1 - ends]
  )
    ends += 1;
  const ours = asked.slice(start, asked.length - ends);
  const theirs = stored.slice(start, stored.length - ends);
  for (let cut = 1; cut < ours.length; cut += 1) {
    if (isSwap(ours.slice(0, cut), ours.slice(cut), theirs)) return true;
  }
  for (let cut = 1; cut < theirs.length; cut += 1) {
    if (isSwap(theirs.slice(0, cut), theirs.slice(cut), ours)) return true;
  }
  return false;
}

function isSwap(first: readonly string[], second: readonly string[], other: readonly string[]): boolean {
  const [joint = '', ...rest] = second;
  const same = (...parts: readonly string[]): boolean => joined(parts) === joined(other);
  if (CONJUNCTIONS.has(joint) && same(...rest, joint, ...first)) return true;
  if (MOVABLE.has(joint) && same(...second, ...first)) return true;
  const [preposition = '', ...object] = rest;
  if (SYMMETRIC.has(joint) && LINKING.has(preposition)) {
    if ([...LINKING].some((linking) => same(...object, joint, linking, ...first))) return true;
  }
  return COMPOUNDING.has(joint) && rest.length > 0 && same(...rest, ...first);
}

const joined = (words: readonly string[]): string =>
  words.map((word) => SAME_PREPOSITIONS.get(word) ?? word).join(' ');
