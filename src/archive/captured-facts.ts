// What the archive is told of an item, out of its record.

import type { RequestEnd, RequestStart } from '../core/record.ts';
import { allInputTokens } from '../core/usage.ts';
import type { CapturedFacts } from './item-content.ts';

/** What is known of an item from its record. */
export function capturedFacts(start: RequestStart, end: RequestEnd): CapturedFacts {
  const { usage } = end;
  const { experiment, variant } = start;
  return {
    id: start.id,
    startedAtMs: start.startedAtMs,
    protocol: start.protocol,
    endpoint: start.endpoint,
    path: start.path,
    app: start.app,
    tag: start.tag,
    session: start.session,
    ...(experiment !== null && variant !== null && { experiment, variant }),
    modelRequested: start.modelRequested,
    modelUsed: end.modelUsed,
    outcome: end.outcome,
    status: end.status,
    streamed: start.streamed,
    latencyMs: end.latencyMs,
    inputTokens: allInputTokens(usage),
    outputTokens: usage.outputTokens,
    costNanoUsd: end.costNanoUsd,
  };
}
