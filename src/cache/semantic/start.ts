// Puts the semantic tier together and starts it: the embedder loads in the background.

import type { Clock } from '../../core/clock.ts';
import { RepeatedFault } from '../../core/repeated-fault.ts';
import type { AnswerCache } from '../answer-cache.ts';
import type { Embedder } from '../embedder.ts';
import type { SearchPlace, SemanticEntries, TierStatus } from './ports.ts';
import { SemanticTier } from './semantic-tier.ts';
import { type EmbedderState, SteadyEmbedder } from './steady-embedder.ts';
import { Trust } from './trust.ts';

export interface SemanticParts {
  readonly cache: AnswerCache;
  readonly entries: SemanticEntries;
  readonly clock: Clock;
  /** The embedder as it is set, and how to open it. */
  readonly embedderName: string;
  readonly openEmbedder: () => Promise<Embedder>;
  readonly distanceMax: number;
  readonly shadowRate: number;
  readonly errorMax: number;
  readonly lookupTimeoutMs: number;
  readonly indexBytesMax: number;
  /** From 0 to 1, by chance. */
  readonly random: () => number;
  readonly warn: (message: string) => void;
}

export interface RunningTier {
  readonly tier: SemanticTier;
  readonly embedder: SteadyEmbedder;
  readonly onFault: (error: unknown) => void;
}

export async function startSemanticTier(parts: SemanticParts): Promise<RunningTier> {
  const { cache, entries, clock, warn, distanceMax, shadowRate, errorMax, lookupTimeoutMs } = parts;
  // What fails may be any of many small steps: none of them tells that all is well again.
  const words = { first: (reason: string) => `Cache, similar prompts: ${reason}.`, over: '' };
  const fault = new RepeatedFault(warn, words, clock);
  const onFault = (error: unknown): void => fault.met(error);
  let [state, reason]: [EmbedderState, string | null] = ['starting', null];
  let comparedBy: SearchPlace | null = null;
  const status = (): TierStatus => ({
    embedder: embedder.id ?? parts.embedderName,
    state,
    reason,
    distanceMax,
    shadowRate,
    errorMax,
    comparedBy: comparedBy?.about ?? null,
    atMs: clock.now(),
  });
  const embedder = new SteadyEmbedder({
    name: parts.embedderName,
    open: parts.openEmbedder,
    timeoutMs: lookupTimeoutMs,
    warn,
    onChange: (now, why) => {
      [state, reason] = [now, why];
      entries.putTierStatus(status()).catch(onFault);
    },
  });
  const tier = new SemanticTier({
    cache,
    entries,
    embedder,
    trust: new Trust({ entries, clock, errorMax, distanceMax, warn, onFault }),
    clock,
    lookupTimeoutMs,
    indexBytesMax: parts.indexBytesMax,
    sample: () => parts.random() < shadowRate,
    checks: shadowRate > 0,
    status,
    onPlace: (place) => {
      comparedBy = place;
      entries.putTierStatus(status()).catch(onFault);
    },
    warn,
    onFault,
  });
  cache.accompany(tier);
  await tier.start();
  return { tier, embedder, onFault };
}
