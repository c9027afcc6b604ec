// The cache: what it has done, and what it holds.

import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { answeredSpan, count, figure, flag, moment, nanoUsd, span, text, wholeNumber } from './values.ts';

const counts = z.record(z.string(), count);

const semantic = z.strictObject({
  embedder: text.nullable(),
  state: z.enum(['off', 'starting', 'working', 'broken']),
  reason: text.nullable(),
  stateAtMs: moment,
  comparedBy: text.nullable().describe('where prompts are compared; null where none was yet'),
  questions: count,
  questionsOfOtherEmbedders: count,
  lookups: counts,
  guards: counts,
  skipped: counts,
  checks: z.strictObject({
    made: count,
    disagreed: count,
    undecided: count,
    errorBound: figure.describe('with 95 % confidence no more answers to similar prompts are wrong'),
    errorMax: figure,
    rate: figure,
    costNanoUsd: nanoUsd,
  }),
  distanceMax: figure,
  distanceNow: figure,
  tightenedPartitions: count,
  stoppedPartitions: count,
  tightenedEntries: count,
  stoppedEntries: count,
});

const entry = z.strictObject({
  key: text,
  model: text.nullable(),
  endpoint: text,
  form: text,
  bytes: count,
  hits: count,
  costNanoUsd: nanoUsd.nullable().describe('what each use saves; null where the price was unknown'),
  createdAtMs: moment,
  expiresAtMs: moment,
  lastUsedAtMs: moment,
});

const facts = z.strictObject({
  key: text,
  parts: z.record(z.string(), text),
  protocol: text,
  endpoint: text,
  model: text.nullable(),
  form: text,
  createdAtMs: moment,
  expiresAtMs: moment,
  modelUsed: text.nullable(),
  responseId: text.nullable(),
  finishReason: text.nullable(),
  costNanoUsd: nanoUsd.nullable(),
  bytes: count,
});

export const cacheEndpoints = {
  cache: endpoint(
    'What the cache has done.',
    span,
    z.strictObject({
      range: answeredSpan.range,
      enabled: flag,
      entries: count,
      bytes: count,
      expired: count,
      uses: counts.describe('requests by what the cache said'),
      savedNanoUsd: nanoUsd,
      hitRate: figure.nullable(),
      semantic: semantic.nullable(),
    }),
  ),
  cacheEntries: endpoint(
    'Stored answers, the newest first, a page at a time.',
    {
      limit: wholeNumber(1, 500).default(100),
      cursor: text.describe('nextCursor of the page before').optional(),
    },
    z.strictObject({ entries: z.array(entry), nextCursor: text.nullable() }),
  ),
  cacheEntry: endpoint(
    'One stored answer, by the beginning of its id.',
    {},
    z.strictObject({ entry: facts, text, isWhole: flag }),
  ),
  cacheClear: endpoint(
    'Forgets stored answers. In place of an id: all, or model:NAME.',
    {},
    z.strictObject({ cleared: count }),
  ),
};
