// What was spent, and what will be; what routing rules have done; prices.

import { z } from 'zod';
import { CACHE_WISHES, TIER_WISHES } from '../../pricing/what-if.ts';
import { WORK_KINDS } from '../../pricing/work-kind.ts';
import { endpoint } from './endpoint.ts';
import { breakdownRow } from './reports.ts';
import {
  answeredSpan,
  count,
  dimension,
  figure,
  filter,
  flag,
  flagParameter,
  moment,
  nanoUsd,
  ofDearest,
  rowsFrom,
  span,
  text,
  wholeNumber,
} from './values.ts';

const rows = { ...span, ...filter, limit: wholeNumber(1, 1000).default(50) };
const cost = z.strictObject({
  ...answeredSpan,
  by: dimension,
  rows: z.array(breakdownRow).describe('the most expensive first'),
});
const costBy = (what: string) => endpoint(`What was spent, by ${what}.`, rows, cost);

const session = z.strictObject({
  session: text,
  app: text.describe('of its first request'),
  otherApps: count,
  model: text.nullable().describe('of its last request'),
  otherModels: count,
  startedAtMs: moment,
  endedAtMs: moment,
  turns: count,
  failedTurns: count,
  inputTokens: count,
  cacheReadTokens: count,
  outputTokens: count,
  costNanoUsd: nanoUsd,
  unpricedTurns: count,
  savedNanoUsd: nanoUsd.nullable().describe('by our own cache; null where nobody knows'),
  cachedTurns: count,
  promptCacheSavedNanoUsd: nanoUsd
    .nullable()
    .describe(
      'by the provider’s prompt cache: the discount on reads less the surcharge on writes; null where no price is known',
    ),
  promptCacheUnknownTurns: count.describe('turns with a prompt cache of an unknown price: in no sum'),
});

const sum = z.strictObject({
  spentNanoUsd: nanoUsd,
  expectedNanoUsd: nanoUsd,
  lowNanoUsd: nanoUsd,
  highNanoUsd: nanoUsd,
});

const comparedSum = {
  requests: count,
  nowNanoUsd: nanoUsd,
  thenNanoUsd: nanoUsd,
  leastNanoUsd: nanoUsd.describe('if the other model took 20 % fewer tokens for the same'),
  mostNanoUsd: nanoUsd,
};

const day = text.describe('a day: 2026-11-25');

const budgetForecast = z.strictObject({
  name: text,
  period: text,
  limitNanoUsd: nanoUsd,
  spentNanoUsd: nanoUsd,
  isSpent: flag,
  runsOut: day.nullable().describe('null: not within its period'),
  earliest: day.nullable(),
  latest: day.nullable(),
  rough: text.nullable().describe('why it is little more than a guess'),
});

const price = z.strictObject({
  source: text,
  priceDate: text,
  input: figure.nullable().describe('dollars per million tokens'),
  output: figure.nullable(),
  cacheRead: figure.nullable(),
  cacheWrite5m: figure.nullable(),
});

export const costEndpoints = {
  costByTag: endpoint(
    'What was spent, by tag or by a facet of tags.',
    { ...rows, facet: text.describe('such as team').optional() },
    cost,
  ),
  costByApp: costBy('application'),
  costByModel: costBy('model'),
  costByUpstream: costBy('upstream'),
  costBySession: endpoint(
    'What each conversation, or agent’s run, cost, and what caches saved it.',
    rows,
    z.strictObject({
      ...answeredSpan,
      by: z.literal('session'),
      rows: z.array(session),
      ofDearest,
      rowsFromMs: rowsFrom,
    }),
  ),
  costForecast: endpoint(
    'What today and this month will cost, and when budgets run out.',
    filter,
    z.strictObject({
      atMs: moment,
      timeZone: text,
      basis: z.strictObject({
        wholeDays: count,
        missingDays: count.describe('days of which nothing is known'),
        methods: z.array(text),
        coverage: figure.describe(
          'the chance that a sum lies between its two ends, as far as the past tells',
        ),
        rough: text.nullable(),
        levelShift: z.strictObject({ daysAgo: count, factor: figure }).nullable(),
        pastError: figure.nullable(),
        unpricedRequests: count.describe('in no sum'),
      }),
      today: sum,
      month: sum,
      budgets: z.array(budgetForecast),
    }),
  ),
  costCompare: endpoint(
    'What the newest requests of a span would have cost with another model, tier or cache, or under the rules of now.',
    {
      ...span,
      ...filter,
      instead: text.describe('the model that would have answered').optional(),
      at: text
        .describe('where it would run, such as https://api.groq.com; its maker’s if it is left out')
        .optional(),
      tier: z.enum(TIER_WISHES).optional(),
      cache: z.enum(CACHE_WISHES).describe('with this life of the provider’s cache').optional(),
      rules: flagParameter.default(false).describe('by the routing rules and A/B tests that are in force'),
      limit: wholeNumber(1, 50_000).default(20_000),
      cursor: text.describe('nextCursor of the answer before: goes on with older requests').optional(),
    },
    z.strictObject({
      ...answeredSpan,
      looked: count.describe(
        'requests that were looked at, the newest ones: as many as a tenth of a second allows',
      ),
      isWhole: flag.describe('false where older ones of the span are left'),
      nextCursor: text.nullable(),
      rowsFromMs: rowsFrom,
      rows: z.array(z.strictObject({ from: text, to: text, ...comparedSum })),
      total: z.strictObject(comparedSum),
      leftOut: z.strictObject({ unknownNow: count, unknownThen: count, free: count }),
      otherWork: z
        .array(z.strictObject({ kind: z.enum(WORK_KINDS), requests: count, nowNanoUsd: nanoUsd }))
        .describe('in no sum: another kind of work than the other model does, such as embeddings'),
      rulesBeyondRecords: z.array(text).describe('rules that look at what records do not keep'),
    }),
  ),
  routingStats: endpoint(
    'What routing rules have done, the most used first.',
    { ...span, ...filter },
    z.strictObject({
      ...answeredSpan,
      rules: z.array(
        z.strictObject({
          name: text,
          target: text.nullable().describe('null for a rule that was removed since'),
          enabled: flag.nullable(),
          requests: count,
          failedRequests: count,
          costNanoUsd: nanoUsd,
          unpricedRequests: count,
        }),
      ),
      unroutedRequests: count,
    }),
  ),
  prices: endpoint(
    'What the models of the last 30 days cost, and what had no price.',
    {},
    z.strictObject({
      models: z.array(
        z.strictObject({
          model: text,
          requests: count,
          costNanoUsd: nanoUsd,
          price: price.nullable().describe('null where none is known'),
        }),
      ),
      unpriced: z.array(
        z.strictObject({
          model: text.nullable(),
          endpoint: text,
          requests: count,
          firstMs: moment,
          lastMs: moment,
        }),
      ),
    }),
  ),
  price: endpoint('The price of a model.', {}, z.strictObject({ model: text, price })),
};
