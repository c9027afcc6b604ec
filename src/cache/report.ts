// Sums up what the store knows of the cache.

import type { CacheReport, SemanticReport } from '../core/cache-report.ts';
import type { CacheEntries } from './ports.ts';
import type { SemanticEntries, SemanticFacts } from './semantic/ports.ts';
import { upperBound } from './semantic/statistics.ts';
import { scopeOfEmbedder, shareOfLevel } from './semantic/trust.ts';

export async function cacheReport(
  entries: CacheEntries,
  semantic: SemanticEntries,
  nowMs: number,
  sinceMs: number,
): Promise<CacheReport> {
  const [facts, similar] = await Promise.all([
    entries.cacheFacts(nowMs, sinceMs),
    semantic.semanticFacts(sinceMs),
  ]);
  const use = (name: string): number => facts.uses[name] ?? 0;
  const hits = use('exact') + use('inflight') + use('semantic');
  const asked = hits + use('miss') + use('shadow');
  return { ...facts, hitRate: asked === 0 ? null : hits / asked, semantic: semanticReport(similar) };
}

function semanticReport(facts: SemanticFacts): SemanticReport | null {
  const { status, trust, questions, counts } = facts;
  if (status === null) return null;
  const { embedder, state, reason, distanceMax, errorMax, shadowRate } = status;
  const everywhere = trust.find(({ scope }) => scope === scopeOfEmbedder(embedder ?? ''));
  const partitions = trust.filter(({ scope, level }) => !scope.startsWith('all:') && level > 0);
  const stopped = partitions.filter(({ level }) => shareOfLevel(level) === 0).length;
  const reachable = questions[embedder ?? ''] ?? 0;
  return {
    embedder,
    state,
    reason,
    stateAtMs: status.atMs,
    // Null where an earlier version said it.
    comparedBy: status.comparedBy ?? null,
    questions: reachable,
    questionsOfOtherEmbedders: Object.values(questions).reduce((sum, n) => sum + n, 0) - reachable,
    lookups: counts.lookup ?? {},
    guards: counts.guard ?? {},
    skipped: counts.skipped ?? {},
    checks: {
      made: everywhere?.totalChecks ?? 0,
      disagreed: everywhere?.totalDisagreed ?? 0,
      undecided: everywhere?.undecided ?? 0,
      errorBound: upperBound(everywhere?.totalChecks ?? 0, everywhere?.totalDisagreed ?? 0),
      errorMax,
      rate: shadowRate,
      costNanoUsd: facts.shadowCostNanoUsd,
    },
    distanceMax,
    distanceNow: distanceMax * shareOfLevel(everywhere?.level ?? 0),
    tightenedPartitions: partitions.length - stopped,
    stoppedPartitions: stopped,
    tightenedEntries: facts.tightenedEntries,
    stoppedEntries: facts.stoppedEntries,
  };
}
