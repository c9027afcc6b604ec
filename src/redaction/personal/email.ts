// E-mail addresses, found from their `@` outwards: linear, and the parts are bounded as the standard bounds them.

import type { Span } from '../span.ts';

const LOCAL_CHARACTER = /[\p{L}\p{N}\p{M}._%+'-]/u;
const DOMAIN = /(?:[\p{L}\p{N}][\p{L}\p{N}\p{M}-]{0,62}\.){1,8}(?:xn--[a-z0-9-]{2,59}|[\p{L}\p{M}]{2,24})/uy;
const LOCAL_MAX = 64;
/** `icon@2x.png` is a picture, `git@github.com:` where code lies. */
const FILE_ENDINGS = /\.(?:png|jpe?g|gif|svg|webp|avif|js|ts|mjs|cjs|css|json|md|html|txt|py|rs|go)$/i;
const NO_PERSON = /^(?:git|hg|svn)$/;

export function findEmails(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = startOf(text, at);
    if (start === at) continue;
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    if (domain === undefined || FILE_ENDINGS.test(domain) || NO_PERSON.test(text.slice(start, at))) continue;
    spans.push({ start, end: at + 1 + domain.length, kind: 'EMAIL' });
  }
  return spans;
}

function startOf(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LOCAL_MAX && LOCAL_CHARACTER.test(text[start - 1] ?? '')) start -= 1;
  // A quote, a dash or a dot before an address is the sentence's.
  while (start < at && /[.'%+-]/.test(text[start] ?? '')) start += 1;
  return start;
}
