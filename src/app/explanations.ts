// Explanations: what would become of a request, said by what decides about the traffic.

import { explainHandlers } from '../dashboard/handlers/explain-handlers.ts';
import { Explainer } from '../proxy/explain/explainer.ts';
import type { Ground } from './ground.ts';
import type { Traffic, TrafficParts } from './traffic.ts';

export function explanationsApi(ground: Ground, parts: TrafficParts, { planner }: Traffic) {
  const { pricing, upstreams, rules, budgets, cache } = parts;
  const explainer = new Explainer({
    source: 'server',
    clock: ground.clock,
    mounts: upstreams.mounts,
    rules: () => rules.watch.current,
    planner,
    budgets: budgets?.gate ?? null,
    cache: cache?.view ?? null,
    costs: pricing.costs,
    prices: pricing.prices,
    estimator: pricing.estimator,
    bodyBytesMax: ground.settings.TOKENWATCH_MAX_BODY_BYTES,
  });
  return explainHandlers((question) => explainer.explain(question));
}
