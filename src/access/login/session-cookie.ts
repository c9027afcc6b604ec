// The cookie that stands for a session. Over TLS its name begins with `__Host-`, which browsers give to nobody but this
// very host over TLS.

import type { IncomingMessage } from 'node:http';

const PLAIN = 'tokenwatch';
const SECURE = '__Host-tokenwatch';
const OIDC = '-oidc';

const OWN: ReadonlySet<string> = new Set([PLAIN, SECURE].flatMap((name) => [name, name + OIDC]));
const MAY_BE_OWN = /tokenwatch/;

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

/**
 * A `Cookie` header without ours: browsers send them to every port of a host, and so to the proxy's, behind which they
 * are nobody's. Null where nothing is left.
 */
export function withoutOwnCookies(value: string): string | null {
  if (!MAY_BE_OWN.test(value)) return value;
  const parts = value.split(';');
  const kept = parts.filter((part) => !isOwn(part));
  if (kept.length === parts.length) return value;
  return kept.length === 0 ? null : kept.join(';').trim();
}

/** Whether a `Set-Cookie` header of somebody else's would put one in our place. */
export function setsOwnCookie(value: string): boolean {
  return MAY_BE_OWN.test(value) && isOwn(value.split(';', 1)[0] ?? '');
}

/** One without a name is sent as what it holds: `=tokenwatch=x` comes back as one of ours. */
function isOwn(pair: string): boolean {
  const [name = ''] = pair.replace(/^[\s=]+/, '').split('=', 1);
  return OWN.has(name.trim());
}
