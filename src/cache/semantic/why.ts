// What the semantic tier would make of a request, spoken aloud: the same question, vectors, guards and trust.

import type { Clock } from '../../core/clock.ts';
import type { CacheKey, KeyMaker } from '../cache-key.ts';
import type { Embedder } from '../embedder.ts';
import type { SemanticEntries } from './ports.ts';
import { isQuestion, readQuestion } from './question.ts';
import { judged, NEIGHBOURS } from './ranking.ts';
import { Trust } from './trust.ts';
import { PARTITION_QUESTIONS_MAX, Partition } from './vector-index.ts';

export interface SimilarRequest {
  readonly keys: KeyMaker;
  readonly key: CacheKey;
  readonly endpoint: string;
  readonly document: unknown;
  readonly distanceMax: number;
}

export interface NearPrompt {
  readonly key: string;
  readonly text: string;
  readonly distance: number;
  /** Null where it would be served. */
  readonly guard: string | null;
  readonly reason: string | null;
}

export type SimilarWhy =
  | { readonly verdict: 'not_compared'; readonly reason: string }
  /** Nearest first: over all callers, addresses and headers whose body is otherwise equal. */
  | { readonly verdict: 'compared'; readonly near: readonly NearPrompt[] };

export async function similarWhy(
  entries: SemanticEntries,
  embedder: Embedder,
  clock: Clock,
  request: SimilarRequest,
): Promise<SimilarWhy> {
  const { keys, key, endpoint, document, distanceMax } = request;
  const question = readQuestion(keys, key, endpoint, document, embedder.id);
  if (!isQuestion(question)) return { verdict: 'not_compared', reason: question.reason };
  let vector: Float32Array;
  try {
    vector = await embedder.embed(question.text);
  } catch (error) {
    return { verdict: 'not_compared', reason: error instanceof Error ? error.message : String(error) };
  }
  const trust = new Trust({ entries, clock, errorMax: 1, distanceMax, warn: ignore, onFault: ignore });
  await trust.load();
  const nowMs = clock.now();
  const stored = await entries.bodyQuestions(question.bodyPartition, nowMs, PARTITION_QUESTIONS_MAX);
  const partitionOf = new Map(stored.map(({ key, partition }) => [key, partition]));
  const neighbours = await new Partition(embedder.dimensions, stored).nearest(vector, NEIGHBOURS, nowMs);
  const near = neighbours.flatMap((neighbour) => {
    const share = trust.share(partitionOf.get(neighbour.question.key) ?? '', embedder.id);
    return judged(question.text, [neighbour], distanceMax * share);
  });
  return {
    verdict: 'compared',
    near: near.map(({ question: { key, text }, similarity, verdict }) => ({
      key,
      text,
      distance: Math.max(0, 1 - similarity),
      guard: verdict.accepted ? null : verdict.guard,
      reason: verdict.accepted ? null : verdict.reason,
    })),
  };
}

/** Nothing is checked here, and so nothing is to be told. */
function ignore(): void {}
