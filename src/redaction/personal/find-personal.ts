// Personal data of every kind in a text, each looked for only where the text could hold it.

import type { Span } from '../span.ts';
import { findCards } from './card.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findIpAddresses } from './ip-address.ts';
import { findPhones } from './phone.ts';

/** Each with what a text must hold at the least; most texts hold none of it. */
const FINDERS: readonly { readonly needs: RegExp; readonly find: (text: string) => Span[] }[] = [
  { needs: /@/, find: findEmails },
  { needs: /\d[ -]?\d{4}/, find: findCards },
  { needs: /[a-z]{2}\d\d/i, find: findIbans },
  { needs: /\d\.\d|:[\da-f]*:/i, find: findIpAddresses },
  { needs: /\+\d|\b00\d|\d[ ./)-]+\d/, find: findPhones },
];

export function findPersonal(text: string): Span[] {
  return FINDERS.flatMap(({ needs, find }) => (needs.test(text) ? find(text) : []));
}
