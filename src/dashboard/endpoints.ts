// Every endpoint with its schemas, by its name in paths.ts. Only the dashboard's thread and tests load this: it brings
// zod with it.

import type { EndpointName } from './paths.ts';
import { accessEndpoints } from './schema/access.ts';
import { budgetEndpoints } from './schema/budgets.ts';
import { cacheEndpoints } from './schema/cache.ts';
import { costEndpoints } from './schema/costs.ts';
import type { Endpoint } from './schema/endpoint.ts';
import { experimentEndpoints } from './schema/experiments.ts';
import { explainEndpoints } from './schema/explain.ts';
import { keyEndpoints } from './schema/keys.ts';
import { replayEndpoints } from './schema/replays.ts';
import { reportEndpoints } from './schema/reports.ts';
import { ruleEndpoints } from './schema/rules.ts';
import { systemEndpoints } from './schema/system.ts';
import { upstreamEndpoints } from './schema/upstreams.ts';

export const ENDPOINTS = {
  ...reportEndpoints,
  ...costEndpoints,
  ...ruleEndpoints,
  ...experimentEndpoints,
  ...upstreamEndpoints,
  ...budgetEndpoints,
  ...keyEndpoints,
  ...cacheEndpoints,
  ...explainEndpoints,
  ...replayEndpoints,
  ...systemEndpoints,
  ...accessEndpoints,
} satisfies Record<EndpointName, Endpoint>;
