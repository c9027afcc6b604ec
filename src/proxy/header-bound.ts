// How many headers an answer may have. Each is read, looked at and written by itself: tens of thousands, which fit into
// the bytes that a head may have, hold up everybody else. Of a request, Node takes as many (431 beyond).

import { TokenWatchError } from '../core/errors.ts';

const HEADERS_MAX = 1000;

/** `raw` are names and values in turn. */
export function hasTooManyHeaders(raw: unknown): boolean {
  return Array.isArray(raw) && raw.length > 2 * HEADERS_MAX;
}

export function tooMany(what: 'headers' | 'trailers'): TokenWatchError {
  return new TokenWatchError(
    'upstream_broken',
    `The upstream's answer has more than ${HEADERS_MAX} ${what}, the most that are read.`,
  );
}
