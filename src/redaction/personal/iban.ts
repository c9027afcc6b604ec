// Bank account numbers, by their check digits and the lengths of their countries.

import { isValidIBAN } from 'ibantools';
import type { Span } from '../span.ts';

const CANDIDATE = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?/giu;
/** The shortest there is. */
const LENGTH_MIN = 15;

/** Bank accounts whose country, length and check digits agree. */
export function findIbans(text: string): Span[] {
  return [...text.matchAll(CANDIDATE)].flatMap((match) => {
    const length = validLength(match[0]);
    return length === 0 ? [] : [{ start: match.index, end: match.index + length, kind: 'IBAN' as const }];
  });
}

/** A word behind an account looks like its last group: what is too long is tried shorter. */
function validLength(text: string): number {
  for (let end = text.length; end > LENGTH_MIN - 1; end -= 1) {
    if (/[ -]$/.test(text.slice(0, end)) || (end < text.length && /[A-Za-z0-9]/.test(text[end] ?? '')))
      continue;
    if (isValidIBAN(text.slice(0, end).replace(/[ -]/g, '').toUpperCase())) return end;
  }
  return 0;
}
