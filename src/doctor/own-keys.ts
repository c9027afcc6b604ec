// The keys that applications of this environment have for the two APIs.

import { isMeantAsKey } from '../access/keys/key-text.ts';
import { foreignKeyAt, providerAt } from '../upstream/foreign-keys.ts';

export const KEYS = [
  { api: 'anthropic', setting: 'TOKENWATCH_ANTHROPIC_URL', variable: 'ANTHROPIC_API_KEY' },
  { api: 'openai', setting: 'TOKENWATCH_OPENAI_URL', variable: 'OPENAI_API_KEY' },
] as const;

/** Whether a client can send it at all. */
export function isSendable(key: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(key);
}

/** Whether it has the form of another provider's key than of the one who answers there. */
export function isForeign(key: string | undefined, hostname: string): boolean {
  const receiver = providerAt(hostname);
  return !!key && receiver !== null && foreignKeyAt(receiver, ['x-api-key', key], '') !== null;
}

/** Null for what is not to be shown there: another provider's, one of TokenWatch's own, or what no header can hold. */
export function keyFor(key: string | undefined, hostname: string): string | null {
  const text = key?.trim() ?? '';
  return isSendable(text) && !isMeantAsKey(text) && !isForeign(text, hostname) ? text : null;
}
