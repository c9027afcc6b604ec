// How far two texts share their words and their sequences of words: BLEU (Papineni et al., ACL 2002), GLEU (Wu et al.,
// 2016) and ROUGE-1's recall (Lin, 2004). From 0 to 1, whatever the case of letters.

const ORDER_MAX = 4;

/**
 * How much of the answer is in the references, with a penalty for one that is shorter. Orders beyond its length are
 * left out.
 */
export function bleu(answer: string, references: readonly string[]): number {
  const words = wordsOf(answer);
  const others = references.map(wordsOf).filter((reference) => reference.length > 0);
  if (words.length === 0 || others.length === 0) return 0;
  const orders = Math.min(ORDER_MAX, words.length);
  let logSum = 0;
  for (let order = 1; order <= orders; order += 1) {
    const counts = sequences(words, order, order);
    const known = others.map((other) => sequences(other, order, order));
    let shared = 0;
    for (const [sequence, count] of counts)
      shared += Math.min(count, Math.max(...known.map((each) => each.get(sequence) ?? 0)));
    if (shared === 0) return 0;
    logSum += Math.log(shared / total(counts));
  }
  const nearest = others
    .map(({ length }) => length)
    .reduce((best, length) =>
      Math.abs(length - words.length) < Math.abs(best - words.length) ? length : best,
    );
  const penalty = words.length >= nearest ? 1 : Math.exp(1 - nearest / words.length);
  return penalty * Math.exp(logSum / orders);
}

/** Shared sequences of one to four words over all there are of the longer side; of several references the best. */
export function gleu(answer: string, references: readonly string[]): number {
  const own = sequences(wordsOf(answer), 1, ORDER_MAX);
  const scores = references.map((reference) => {
    const others = sequences(wordsOf(reference), 1, ORDER_MAX);
    const most = Math.max(total(own), total(others));
    return most === 0 ? 0 : sharedOf(own, others) / most;
  });
  return Math.max(0, ...scores);
}

/** How many of the reference's words the answer has. */
export function rougeOne(answer: string, reference: string): number {
  const [own, others] = [answer, reference].map((text) => sequences(plainWordsOf(text), 1, 1));
  const all = total(others as Counts);
  return all === 0 ? 0 : sharedOf(own as Counts, others as Counts) / all;
}

type Counts = ReadonlyMap<string, number>;

const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
const plainWordsOf = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? [];

function sequences(words: readonly string[], from: number, to: number): Counts {
  const counts = new Map<string, number>();
  for (let order = from; order <= to; order += 1)
    for (let at = 0; at + order <= words.length; at += 1) {
      const sequence = words.slice(at, at + order).join(' ');
      counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
    }
  return counts;
}

const total = (counts: Counts): number => counts.values().reduce((sum, count) => sum + count, 0);

const sharedOf = (one: Counts, other: Counts): number =>
  one.entries().reduce((sum, [sequence, count]) => sum + Math.min(count, other.get(sequence) ?? 0), 0);
