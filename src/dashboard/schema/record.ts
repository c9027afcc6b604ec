// A request's record as the JSON API gives it, with its attempts and its figures.

import { z } from 'zod';
import { apiName, count, figure, flag, moment, nanoUsd, text } from './values.ts';

const usage = z.strictObject({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  inputAudioTokens: count,
  cacheReadAudioTokens: count,
  outputAudioTokens: count,
  webSearches: count,
});

const run = z.strictObject({
  kind: text,
  model: text.nullable(),
  usage,
  serviceTier: text.nullable(),
  speed: text.nullable(),
  inferenceGeo: text.nullable(),
  extra: z
    .strictObject({
      inputImageTokens: count.exactOptional(),
      cacheReadImageTokens: count.exactOptional(),
      outputImageTokens: count.exactOptional(),
      audioMs: figure.exactOptional(),
      characters: count.exactOptional(),
      images: count.exactOptional(),
      previewSearches: count.exactOptional(),
      fileSearches: count.exactOptional(),
      pageFetches: count.exactOptional(),
      unpricedCalls: count.exactOptional(),
    })
    .exactOptional(),
  longestInputTokens: count.exactOptional(),
  isSum: z.literal(true).exactOptional(),
  costNanoUsd: nanoUsd.nullable().exactOptional().describe('where runs are of several models'),
});

const attempt = z.strictObject({
  upstream: text,
  model: text.nullable(),
  outcome: z.enum(['answered', 'error_status', 'unreachable', 'timed_out', 'broken', 'no_key', 'abandoned']),
  status: z.int().nullable(),
  ms: figure,
});

export const record = z
  .strictObject({
    id: text,
    startedAtMs: moment,
    protocol: apiName,
    endpoint: text,
    method: text,
    path: text,
    modelRequested: text.nullable(),
    modelSent: text.nullable().describe('where a rule or an A/B test changed it'),
    routingRule: text.nullable(),
    experiment: text.nullable(),
    variant: text.nullable(),
    upstream: text,
    upstreamName: text.nullable(),
    streamed: flag,
    app: text,
    userAgent: text.nullable(),
    session: text.nullable(),
    tag: text.nullable(),
    user: text.nullable(),
    accessKey: text.nullable().describe('the name of the key that it came with'),
    reservedNanoUsd: nanoUsd.nullable(),
    reservedAtMs: moment.nullable(),
    unplanned: text.nullable().describe('why rules that are set did not look at it'),
    attempts: z.array(attempt).nullable(),
    outcome: z.enum([
      'in_flight',
      'completed',
      'cached',
      'upstream_error',
      'upstream_broken',
      'truncated',
      'unreachable',
      'timed_out',
      'client_gone',
      'refused',
      'cut',
      'interrupted',
    ]),
    status: z.int().nullable(),
    errorCode: text.nullable(),
    upstreamRequestId: text.nullable(),
    responseId: text.nullable(),
    modelUsed: text.nullable(),
    finishReason: text.nullable(),
    timeToFirstByteMs: figure.nullable(),
    latencyMs: figure,
    requestBytes: count,
    responseBytes: count,
    usage,
    usageSource: z.enum(['provider', 'estimate', 'none']),
    runs: z.array(run).nullable(),
    serviceTier: text.nullable(),
    costNanoUsd: nanoUsd.nullable().describe('null where the price is unknown'),
    reportedCostNanoUsd: nanoUsd.nullable(),
    listCostNanoUsd: nanoUsd
      .nullable()
      .describe('by the price list, where the cost is stated by the upstream; at least, where it is unknown'),
    priceSource: text.nullable(),
    costDoubt: z.enum(['long_context']).nullable().describe('why a known cost may be off'),
    cacheUse: z.enum(['exact', 'inflight', 'semantic', 'shadow', 'miss', 'bypass']).nullable(),
    savedNanoUsd: nanoUsd.nullable().describe('what an answer from our own cache would have cost'),
    promptCacheSavedNanoUsd: nanoUsd
      .nullable()
      .describe('what the provider’s prompt cache saved, less what writing to it cost on top'),
    billingKey: text.nullable(),
  })
  .meta({ id: 'RequestRecord' });
