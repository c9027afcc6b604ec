// What tells that an answer was charged before: one that is fetched again costs nothing. What is made anew is charged,
// though its server gives it the id of another.

import type { ChargedKeys } from '../ledger/charged-keys.ts';
import type { Call } from './call.ts';

/** `key` is that of the answer, `response:ID`; `known` are those of this process. Null: it is charged by itself. */
export function billingKeyOf(
  call: Pick<Call, 'method' | 'path' | 'isWebSocket'>,
  key: string | null,
  known: ChargedKeys,
): string | null {
  return key !== null && known.repeats(key) && makesAnswer(call, key) ? null : key;
}

/** Who fetches an answer, or ends it, names it. */
function makesAnswer(
  { method, path, isWebSocket }: Parameters<typeof billingKeyOf>[0],
  key: string,
): boolean {
  return isWebSocket || (method === 'POST' && !path.includes(key.slice(key.indexOf(':') + 1)));
}
