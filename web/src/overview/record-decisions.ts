// What TokenWatch decided about a request, in the words of `tokenwatch explain-request`.

import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { usd } from '../format.ts';

export function decisionsOf(record: RequestRecord): readonly string[] {
  const { tag, routingRule, experiment, variant, modelRequested, modelSent, cacheUse, upstreamName } = record;
  const by =
    routingRule !== null
      ? `rule ${routingRule}`
      : experiment !== null
        ? `variant ${variant} of ${experiment}`
        : null;
  return [
    `Tag: ${tag ?? 'none'}`,
    modelSent === null || modelSent === modelRequested
      ? `Model: ${modelRequested ?? 'none'}${by === null ? ', as asked' : ` (${by})`}`
      : `Model: ${modelRequested ?? 'none'} → ${modelSent}${by === null ? '' : ` (${by})`}`,
    ...(record.unplanned === null ? [] : [`Rules: did not look at it (${record.unplanned})`]),
    ...(record.reservedNanoUsd === null ? [] : [`Budgets: set ${usd(record.reservedNanoUsd)} aside`]),
    ...(cacheUse === null ? [] : [`Cache: ${CACHE_WORDS[cacheUse] ?? cacheUse}`]),
    `Upstream: ${upstreamName ?? 'the default'}`,
  ];
}

const CACHE_WORDS: Readonly<Record<string, string>> = {
  exact: 'answered: the same request had been answered before',
  inflight: 'answered: an identical request was running, and its answer was shared',
  semantic: 'answered: a prompt that asks the same had been answered before',
  shadow: 'had an answer to a similar prompt; the upstream was asked all the same, to check it',
  miss: 'had no answer',
  bypass: 'was not asked',
};
