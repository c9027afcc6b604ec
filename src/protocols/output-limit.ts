// The client's own bound on generated tokens, by whichever of its names the endpoint's servers read: they differ in
// which goes before, so the largest counts.

import { asCount, type JsonObject } from './json-value.ts';

/** Of endpoints whose servers are known to read these and no others. */
const NAMES_BY_ENDPOINT: Readonly<Record<string, readonly string[]>> = {
  'chat/completions': ['max_tokens', 'max_completion_tokens'],
  completions: ['max_tokens'],
  responses: ['max_output_tokens'],
  messages: ['max_tokens'],
  complete: ['max_tokens_to_sample'],
};
const ALL_NAMES = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_tokens_to_sample'];

/** Null where nothing is bounded, or where a bound is no number that a server could take. */
export function outputLimit(endpoint: string, request: JsonObject | null): number | null {
  const names = Object.hasOwn(NAMES_BY_ENDPOINT, endpoint) ? NAMES_BY_ENDPOINT[endpoint] : ALL_NAMES;
  let largest: number | null = null;
  for (const name of names ?? ALL_NAMES) {
    const value = request !== null && Object.hasOwn(request, name) ? request[name] : undefined;
    // To servers null is as good as nothing.
    if (value === undefined || value === null) continue;
    const limit = asCount(value);
    if (limit === null) return null;
    largest = Math.max(largest ?? 0, limit);
  }
  return largest;
}
