// What the cache commands share: opening the cache of a data folder, with a server running or not.

import type { CacheEntries } from '../cache/ports.ts';
import type { SemanticEntries } from '../cache/semantic/ports.ts';
import type { CacheRuleDefinition } from '../policy/cache-policy.ts';
import { visitStore } from '../storage/registry.ts';
import type { CommandContext } from './command.ts';

export async function withCache<T>(
  context: CommandContext,
  work: (entries: CacheEntries, semantic: SemanticEntries) => Promise<T>,
): Promise<T> {
  const records = await visitStore(context.settings(), 'refuse');
  try {
    return await work(records.cache, records.semantic);
  } finally {
    await records.close();
  }
}

/** `app search, model gpt-*: kept 3600 s, shared with the application`. */
export function cacheRuleInWords(rule: CacheRuleDefinition): string {
  const scope = Object.entries({ app: rule.app, tag: rule.tag, model: rule.model })
    .filter(([, pattern]) => pattern !== null)
    .map(([what, pattern]) => `${what} ${pattern}`);
  const { cache, semantic, ttlMs, distanceMax, share } = rule;
  const decisions = [
    cache === null ? null : `cache ${cache ? 'on' : 'off'}`,
    semantic === null ? null : `similar prompts ${semantic ? 'on' : 'off'}`,
    ttlMs === null ? null : `kept ${ttlMs / 1000} s`,
    distanceMax === null ? null : `distance up to ${distanceMax}`,
    share === null ? null : `shared by ${share}`,
  ];
  return `${scope.length === 0 ? 'every request' : scope.join(', ')}: ${decisions.filter((text) => text !== null).join(', ')}`;
}

/** As much of a key as people need to name an answer. */
export const ID_CHARACTERS = 12;
