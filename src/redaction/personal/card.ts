// Payment card numbers: an issuer's prefix, its length and Luhn's check together. Luhn alone passes a tenth of all
// numbers.

import type { Span } from '../span.ts';

/** Digits with single blanks or dashes between them, that belong to no longer number, word or price. */
const RUN = /(?<![\p{L}\p{N}_.,@#$€£/+-])\d+(?:[ -]\d+)*(?![\p{L}\p{N}_])(?![.,/-]\d)/gu;
/** No card has more groups. */
const GROUPS_MAX = 5;
const DIGITS_MAX = 19;

interface Issuer {
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
}

const ISSUERS: readonly Issuer[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] },
  { prefix: /^3(?:0[0-5]|[689])/, lengths: [14, 16, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 19] },
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:5018|5020|5038|6304|6759|676[1-3])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];

/** Groups as cards print them; one long number has none. */
const GROUPED = /^(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,4}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{4,5}|\d+)$/;

export function findCards(text: string): Span[] {
  return [...text.matchAll(RUN)].flatMap((match) => cardsOf(match[0], match.index));
}

/** A card may stand beside other numbers: every row of groups is tried, the longest first. */
function cardsOf(run: string, shift: number): Span[] {
  const groups = [...run.matchAll(/\d+/g)].map(({ index, 0: digits }) => ({
    start: index,
    end: index + digits.length,
  }));
  const spans: Span[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    for (let last = Math.min(groups.length, first + GROUPS_MAX) - 1; last >= first; last -= 1) {
      const start = groups[first]?.start ?? 0;
      const end = groups[last]?.end ?? 0;
      if (end - start > DIGITS_MAX + GROUPS_MAX) continue;
      const text = run.slice(start, end);
      if (!GROUPED.test(text) || !isCard(text.replace(/[ -]/g, ''))) continue;
      spans.push({ start: shift + start, end: shift + end, kind: 'CARD' });
      first = last;
      break;
    }
  }
  return spans;
}

function isCard(digits: string): boolean {
  const known = ISSUERS.some(({ prefix, lengths }) => prefix.test(digits) && lengths.includes(digits.length));
  return known && !/^(\d)\1+$/.test(digits) && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
