// Telephone numbers in international form, by the plans of the countries; behind a word that says what they are, in
// national form; and as North America writes them. A number alone is none: a third of all ten-digit numbers could be
// one.

import { findPhoneNumbersInText } from 'libphonenumber-js/min';
import type { Span } from '../span.ts';

const INTERNATIONAL = /(?<![\p{L}\p{N}+])\+\d|(?<![\p{L}\p{N}])00[1-9]\d/u;
/** What is read from a `+` on: the library's own scan of long texts full of digits is slow. */
const PART = /(?:\+|00)[\d ()./-]{5,28}/y;
const CUED =
  /\b(?:tel(?:ephone|efon)?|phone(?: number)?|mobile|cell(?:phone)?|fax|call(?: me| us)?(?: at| on)?|whatsapp|sms)\b\.?(?: (?:is|no\.?|number))?[ \t]*(?:[:=][ \t]*)?["']?(\(?\d{2,5}\)?[ ./-]\d[\d ./-]{4,14}\d)(?![\p{L}\p{N}])/giu;
/** The first digits of an area and of an exchange are never 0 or 1. */
const NORTH_AMERICAN =
  /(?<![\p{L}\p{N}.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?![\p{L}\p{N}]|[.-]\d)/gu;

export function findPhones(text: string): Span[] {
  return [...international(text), ...cued(text), ...northAmerican(text)];
}

function international(text: string): Span[] {
  if (!INTERNATIONAL.test(text)) return [];
  const spans: Span[] = [];
  let from = 0;
  for (;;) {
    const plus = nextStart(text, from);
    if (plus === -1) return spans;
    PART.lastIndex = plus;
    const end = plus + numberLength(PART.exec(text)?.[0] ?? '');
    if (end > plus) spans.push({ start: plus, end, kind: 'PHONE' });
    from = Math.max(end, plus + 2);
  }
}

/** Other numbers may stand behind it: what is none as a whole is tried shorter. 0 for none. */
function numberLength(part: string): number {
  let rest = part.trimEnd();
  while (rest.length > 6) {
    const dialled = rest.replace(/^00/, '+');
    const [found] = findPhoneNumbersInText(dialled);
    if (found !== undefined && found.startsAt === 0) return found.endsAt + rest.length - dialled.length;
    const shorter = rest.replace(/[ ()./-]+\d*[ ()./-]*$/, '');
    if (shorter === rest) return 0;
    rest = shorter;
  }
  return 0;
}

function nextStart(text: string, from: number): number {
  const rest = /(?<![\p{L}\p{N}+])(?:\+[1-9]|00[1-9]\d)/gu;
  rest.lastIndex = from;
  return rest.exec(text)?.index ?? -1;
}

function cued(text: string): Span[] {
  return [...text.matchAll(CUED)].flatMap((match) => {
    const number = match[1] ?? '';
    const digits = number.replace(/\D/g, '').length;
    if (digits < 7 || digits > 15) return [];
    const end = match.index + match[0].length;
    return [{ start: end - number.length, end, kind: 'PHONE' as const }];
  });
}

function northAmerican(text: string): Span[] {
  return [...text.matchAll(NORTH_AMERICAN)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    kind: 'PHONE' as const,
  }));
}
