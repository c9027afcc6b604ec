// What `cache why` says of similar prompts: by the embedder that is set, over what is stored.

import { type Audience, KeyMaker } from '../cache/cache-key.ts';
import type { Embedder } from '../cache/embedder.ts';
import { openEmbedder } from '../cache/embedders/registry.ts';
import type { CacheEntries } from '../cache/ports.ts';
import type { SemanticEntries } from '../cache/semantic/ports.ts';
import { type SimilarWhy, similarWhy } from '../cache/semantic/why.ts';
import { systemClock } from '../core/clock.ts';
import type { CachePolicy } from '../policy/cache-policy.ts';
import { openStoreEmbedder } from '../storage/registry.ts';
import { egressFetch, egressProxies } from '../upstream/egress.ts';
import { ID_CHARACTERS } from './cache.ts';
import type { CommandContext } from './command.ts';

export interface SimilarQuestion {
  readonly protocol: string;
  readonly endpoint: string;
  readonly body: string;
  readonly audience: Audience;
  readonly policy: CachePolicy;
}

export async function similarTo(
  context: CommandContext,
  entries: CacheEntries,
  semantic: SemanticEntries,
  { protocol, endpoint, body, audience, policy }: SimilarQuestion,
): Promise<SimilarWhy> {
  const settings = context.settings();
  const choice = settings.TOKENWATCH_CACHE_EMBEDDER;
  const not = (reason: string): SimilarWhy => ({ verdict: 'not_compared', reason });
  if (choice === 'off') return not('TOKENWATCH_CACHE_EMBEDDER is off');
  if (policy.semantic === false) return not(`the cache rule "${policy.rule}" switches it off`);
  const keys = new KeyMaker(await entries.cacheSecret());
  const key = keys.make({ protocol, endpoint, body, url: '', rawHeaders: [], audience });
  if (key === null) return not('the body has no canonical form');
  let embedder: Embedder;
  try {
    embedder = await openEmbedder(choice, {
      key: settings.TOKENWATCH_CACHE_EMBEDDER_KEY,
      fetch: egressFetch(egressProxies(context.environment())),
      ofStore: (model) => openStoreEmbedder(settings, model),
    });
  } catch (error) {
    return not(`the embedder does not work: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const distanceMax = policy.distanceMax ?? settings.TOKENWATCH_CACHE_SIMILARITY_THRESHOLD;
    const request = { keys, key, endpoint, document: JSON.parse(body), distanceMax };
    return await similarWhy(semantic, embedder, systemClock, request);
  } finally {
    await embedder.close();
  }
}

export function similarInWords(similar: SimilarWhy): string {
  if (similar.verdict === 'not_compared') return `Similar prompts are not looked for: ${similar.reason}.`;
  if (similar.near.length === 0) return 'No similar prompt with the same context is stored.';
  const lines = similar.near.map(({ key, text, distance, guard, reason }) => {
    const verdict = guard === null ? 'accepted' : `refused by ${guard}: ${reason}`;
    return `  ${key.slice(0, ID_CHARACTERS)}  distance ${distance.toFixed(4)}  ${JSON.stringify(text)}  ${verdict}`;
  });
  return `Nearest stored prompts with the same context:\n${lines.join('\n')}`;
}
