// Marks requests with the proxies that they have passed, so that one which comes back is cut: an upstream may lead here
// by another name, or by another proxy.

import { randomBytes } from 'node:crypto';
import { TokenWatchError } from '../core/errors.ts';

export const HOPS_HEADER = 'x-llm-hops';
/** Proxies of ours in a row: more than anybody builds on purpose. */
const HOPS_MAX = 8;

/** `come` is the header as it came. Null where the request may go on. */
export function loopError(come: string | string[] | undefined, own: string): TokenWatchError | null {
  const hops = hopsOf(come);
  if (!hops.includes(own) && hops.length < HOPS_MAX) return null;
  return new TokenWatchError(
    'loop_detected',
    hops.includes(own)
      ? 'This request came back to the TokenWatch that had sent it: an upstream leads here again. Set the upstream to the address of the API (TOKENWATCH_ANTHROPIC_URL, TOKENWATCH_OPENAI_URL, "tokenwatch upstream list").'
      : `This request has passed ${hops.length} TokenWatch proxies: they lead to each other. Set their upstreams to the address of the API.`,
  );
}

/** The header for the next one. */
export function nextHops(come: string | string[] | undefined, own: string): string {
  return come === undefined ? own : [...hopsOf(come), own].join(', ');
}

/** Tells this process from every other, and says nothing else. */
export function newHop(): string {
  return randomBytes(6).toString('hex');
}

function hopsOf(come: string | string[] | undefined): readonly string[] {
  return String(come ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => /^[\w-]{1,64}$/.test(hop));
}
