// The cache: answers to identical prompts, and to similar ones where an embedder is set.

import type { AnswerCache } from '../cache/answer-cache.ts';
import { openEmbedder } from '../cache/embedders/registry.ts';
import type { AnswerPair } from '../cache/semantic/agreement.ts';
import { askJudgeModel, parseJudgeModel } from '../cache/semantic/judge-model.ts';
import { startSemanticTier } from '../cache/semantic/start.ts';
import type { Agreement } from '../cache/semantic/trust.ts';
import { withoutCredentials } from '../core/without-credentials.ts';
import { cacheHandlers } from '../dashboard/handlers/cache-handlers.ts';
import { openAnswerCache } from '../decisions.ts';
import type { CacheView } from '../proxy/cache/cache-question.ts';
import { CacheStep } from '../proxy/cache/cache-step.ts';
import { SemanticStep } from '../proxy/cache/semantic-step.ts';
import type { Settings } from '../settings.ts';
import { assertEmbedder, openStoreEmbedder } from '../storage/registry.ts';
import { pinnedFetch } from '../tls/pinned-fetch.ts';
import { egressFetch, egressProxies } from '../upstream/egress.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import type { Tls } from './tls.ts';

export interface Cache {
  readonly step: CacheStep;
  readonly view: CacheView;
}

export function cacheApi({ store }: Records) {
  return cacheHandlers(store.cache);
}

/** Null where it is switched off. `proxyUrl` is known once the proxy listens. */
export async function startCache(
  ground: Ground,
  tls: Tls,
  records: Records,
  rules: Rules,
  proxyUrl: () => string,
): Promise<Cache | null> {
  const { settings, clock, warn, opened } = ground;
  if (!settings.TOKENWATCH_CACHE_ENABLED) return null;
  assertEmbedder(settings.TOKENWATCH_CACHE_EMBEDDER, settings);
  const cache = await openAnswerCache(settings, clock, records.store.cache, warn).catch(() => {
    warn('The cache is off until the next start: the database that keeps its answers is away.');
    return null;
  });
  if (cache === null) return null;
  opened.defer(() => cache.close());
  const isSemantic = settings.TOKENWATCH_CACHE_EMBEDDER !== 'off';
  const semantic = isSemantic
    ? await startSemantic(ground, records, cache, judgeOf(settings, tls, proxyUrl))
    : null;
  const view = { cache, rules: () => rules.watch.current.caches, semantic };
  const replayEventsPerSecond = settings.TOKENWATCH_CACHE_REPLAY_PACE;
  const step = new CacheStep({ ...view, clock, journal: records.journal, replayEventsPerSecond });
  return { view, step };
}

async function startSemantic(
  { settings, environment, clock, warn, opened }: Ground,
  { store }: Records,
  cache: AnswerCache,
  askModel: ((pair: AnswerPair) => Promise<Agreement>) | null,
): Promise<SemanticStep> {
  const distanceMax = settings.TOKENWATCH_CACHE_SIMILARITY_THRESHOLD;
  const choice = settings.TOKENWATCH_CACHE_EMBEDDER;
  const { tier, embedder, onFault } = await startSemanticTier({
    cache,
    entries: store.semantic,
    clock,
    embedderName: withoutCredentials(choice),
    openEmbedder: () =>
      openEmbedder(choice, {
        key: settings.TOKENWATCH_CACHE_EMBEDDER_KEY,
        fetch: egressFetch(egressProxies(environment)),
        ofStore: (model) => openStoreEmbedder(settings, model),
      }),
    distanceMax,
    shadowRate: settings.TOKENWATCH_CACHE_SHADOW_RATE,
    errorMax: settings.TOKENWATCH_CACHE_MAX_ERROR,
    lookupTimeoutMs: settings.TOKENWATCH_CACHE_LOOKUP_TIMEOUT,
    indexBytesMax: settings.TOKENWATCH_CACHE_INDEX,
    random: Math.random,
    warn,
  });
  opened.defer(() => tier.close());
  return new SemanticStep({ tier, embedder, distanceMax, askModel, onFault });
}

/** Null where no model is set to judge. */
function judgeOf(
  settings: Settings,
  tls: Tls,
  proxyUrl: () => string,
): ((pair: AnswerPair) => Promise<Agreement>) | null {
  const choice = parseJudgeModel(settings.TOKENWATCH_CACHE_JUDGE_MODEL);
  if (choice === null) return null;
  const key = settings.TOKENWATCH_CACHE_JUDGE_KEY;
  const fetch = pinnedFetch(() => tls.fingerprints());
  return (pair) => askJudgeModel({ ...choice, key, fetch, proxyUrl: proxyUrl() }, pair);
}
