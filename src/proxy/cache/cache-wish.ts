// What a request itself wants of the cache: `X-TokenWatch-Cache` and `X-TokenWatch-Cache-TTL`.

import type { IncomingHttpHeaders } from 'node:http';
import { TokenWatchError } from '../../core/errors.ts';

const MODES = ['use', 'bypass', 'refresh', 'only'] as const;

export interface CacheWish {
  /** `use` where the request says nothing. */
  readonly mode: (typeof MODES)[number];
  /** How long its answer is kept. */
  readonly ttlMs: number;
  /** An older answer is a miss. */
  readonly maxAgeMs: number;
}

const TTL_SECONDS_MAX = 30 * 86_400;

/**
 * The request's own time to live wins over that of a cache rule, and that over the setting's.
 * An unknown value is an error: a client that asks for a bypass must not get a hit because of a typing mistake.
 */
export function readCacheWish(
  headers: IncomingHttpHeaders,
  standardTtlMs: number,
  ruleTtlMs: number | null = null,
): CacheWish | TokenWatchError {
  const given = headers['x-tokenwatch-cache'];
  const mode =
    given === undefined ? 'use' : MODES.find((known) => known === String(given).trim().toLowerCase());
  if (mode === undefined)
    return new TokenWatchError('bad_request', `X-TokenWatch-Cache: ${given} is not bypass, refresh or only.`);
  const text = headers['x-tokenwatch-cache-ttl'];
  if (text === undefined)
    return { mode, ttlMs: ruleTtlMs ?? standardTtlMs, maxAgeMs: ruleTtlMs ?? Number.POSITIVE_INFINITY };
  const seconds = /^\d{1,9}$/.test(String(text).trim()) ? Number(text) : 0;
  if (seconds < 1 || seconds > TTL_SECONDS_MAX)
    return new TokenWatchError(
      'bad_request',
      `X-TokenWatch-Cache-TTL: ${text} is not a number of seconds from 1 to ${TTL_SECONDS_MAX}.`,
    );
  return { mode, ttlMs: seconds * 1000, maxAgeMs: seconds * 1000 };
}
