// The cookie that stands for a session. Over TLS its name begins with `__Host-`, which browsers give to nobody but this
// very host over TLS.

import type { IncomingMessage } from 'node:http';

const PLAIN = 'tokenwatch';
const SECURE = '__Host-tokenwatch';
const OIDC = '-oidc';

export interface CookieWay {
  /** Whether the browser came over TLS, here or at a proxy before this port. */
  readonly isSecure: boolean;
  /** Whether it may come along with a link from another site, as the way back from an identity provider is one. */
  readonly forOidc?: boolean;
  readonly maxAgeS?: number;
}

export function cookieHeader(value: string, { isSecure, forOidc = false, maxAgeS }: CookieWay): string {
  const name = (isSecure ? SECURE : PLAIN) + (forOidc ? OIDC : '');
  const site = forOidc ? 'Lax' : 'Strict';
  const age = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=${site}${isSecure ? '; Secure' : ''}${age}`;
}

/** On a port that speaks TLS only a cookie that was set over TLS counts: others may be from anybody. */
export function cookieValue(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { isSecure, forOidc = false }: CookieWay,
): string | null {
  const names = (isSecure ? [SECURE] : [SECURE, PLAIN]).map((name) => name + (forOidc ? OIDC : ''));
  const found = new Map<string, string>();
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (names.includes(name) && !found.has(name)) found.set(name, part.slice(at + 1).trim());
  }
  return names.map((name) => found.get(name)).find((value) => value !== undefined && value !== '') ?? null;
}
