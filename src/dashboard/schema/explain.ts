// What would become of a request.

import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { apiName, count, figure, flag, moment, nanoUsd, optional, text } from './values.ts';

const VARIANT = z.enum(['a', 'b']).nullable();
const cacheUse = z.enum(['exact', 'inflight', 'semantic', 'shadow', 'miss', 'bypass']);

const condition = z.strictObject({
  type: text,
  value: text,
  holds: flag,
  seen: text.describe('what the request has there'),
});

const request = z.strictObject({
  id: text,
  api: apiName,
  endpoint: text,
  app: text,
  session: text.nullable(),
  stream: flag,
  bodyBytes: count,
  unplanned: text.nullable().describe('why no rule looks at it'),
});

const budget = z.strictObject({
  name: text,
  scope: text,
  per: text.nullable().describe('each session, user … has the limit for itself; null: one limit of all'),
  action: text,
  period: text,
  limitNanoUsd: nanoUsd,
  spentNanoUsd: nanoUsd,
  reservedNanoUsd: nanoUsd,
  remainingNanoUsd: nanoUsd,
  periodEndMs: moment.nullable(),
  refuses: flag,
});

const cache = z.strictObject({
  enabled: flag,
  use: cacheUse.nullable(),
  reason: text.nullable(),
  rule: text.nullable(),
  key: z.strictObject({ id: text, parts: z.record(z.string(), text) }).nullable(),
  answer: z
    .strictObject({
      from: z.enum(['memory', 'store']),
      createdAtMs: moment,
      expiresAtMs: moment,
      costNanoUsd: nanoUsd.nullable(),
    })
    .nullable(),
});

const explanation = z
  .strictObject({
    source: z.enum(['server', 'records']),
    request,
    tag: z.strictObject({
      tag: text.nullable(),
      source: z.enum(['header', 'rule']).nullable(),
      rule: text.nullable(),
      rules: z.array(z.strictObject({ name: text, tag: text, condition })),
    }),
    routes: z.array(
      z.strictObject({
        name: text,
        target: text,
        priority: z.int(),
        match: z.enum(['all', 'any']),
        decides: flag,
        reason: text.nullable(),
        conditions: z.array(condition),
      }),
    ),
    experiments: z.array(
      z.strictObject({
        name: text,
        modelA: text,
        modelB: text,
        split: figure,
        decides: flag,
        reason: text.nullable(),
        variant: VARIANT,
        drawnBy: z.enum(['session', 'request', 'app']).nullable(),
      }),
    ),
    inactive: z.array(z.strictObject({ kind: text, name: text })),
    model: z.strictObject({
      requested: text.nullable(),
      final: text.nullable(),
      rule: text.nullable(),
      experiment: text.nullable(),
      variant: VARIANT,
      foreignApi: apiName.nullable(),
    }),
    tokens: z.strictObject({ inputEstimated: count.nullable(), inputMax: figure, outputMax: figure }),
    cost: z.strictObject({
      inputNanoUsd: nanoUsd.nullable(),
      estimatedNanoUsd: nanoUsd.nullable(),
      worstNanoUsd: nanoUsd.nullable(),
      priceSource: text.nullable(),
    }),
    budgets: z.strictObject({
      enabled: flag,
      reservesNanoUsd: nanoUsd.nullable(),
      matching: z.array(budget),
      kills: z.array(z.strictObject({ id: text, scope: text })),
    }),
    cache,
    upstreams: z.array(
      z.strictObject({
        name: text,
        url: text,
        model: text.nullable(),
        state: z.enum(['closed', 'open', 'half-open']),
        restsUntilMs: moment.nullable(),
      }),
    ),
    outcome: z.strictObject({
      action: z.enum(['refuse', 'answer_from_cache', 'forward']),
      status: z.int().nullable(),
      code: text.nullable(),
      message: text.nullable(),
      headers: z.record(z.string(), text),
    }),
  })
  .meta({ id: 'Explanation' });

export const explainEndpoints = {
  explain: endpoint(
    'What would become of a request, and why. Sends and changes nothing.',
    {
      api: apiName,
      method: optional(text).describe('POST if it is left out'),
      path: z
        .string()
        .startsWith('/', 'a path that begins with /, below the API’s mount')
        .nullish()
        .describe('the API’s conversations if it is left out'),
      headers: optional(
        z.record(z.string(), z.union([text, z.array(text)], { error: 'a text or a list of texts' })),
      ),
      body: z.unknown().optional().describe('a text as it is, or any JSON'),
      app: optional(text),
      tag: optional(text),
      session: optional(text),
      id: optional(text).describe('of a request without a session, by which it is drawn'),
    },
    explanation,
  ),
};
