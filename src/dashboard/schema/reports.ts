// Reports on what was recorded: totals, series, requests, and how the server is.

import { z } from 'zod';
import { DIMENSION_FORM, REQUEST_SORTS } from '../../core/analytics.ts';
import { endpoint } from './endpoint.ts';
import { record } from './record.ts';
import {
  answeredSpan,
  count,
  dimension,
  figure,
  filter,
  flag,
  moment,
  nanoUsd,
  ofDearest,
  rowsFrom,
  span,
  text,
  wholeNumber,
} from './values.ts';

const percentiles = z.strictObject({ p50: figure, p95: figure, p99: figure });

const totals = {
  requests: count,
  failedRequests: count.describe('ended, and neither completed nor cached'),
  inFlightRequests: count,
  inputTokens: count.describe('everything read, cached or not'),
  cacheReadTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  costNanoUsd: nanoUsd.describe('of the requests with a known price'),
  unpricedRequests: count.describe('ended requests of unknown cost: where it is all of them, so is the sum'),
  estimatedRequests: count,
};

const timings = { latencyMs: percentiles.nullable(), timeToFirstByteMs: percentiles.nullable() };

export const breakdownRow = z
  .strictObject({ key: text.nullable().describe('null for requests without one'), ...totals })
  .meta({ id: 'BreakdownRow' });

const summary = z.strictObject({ ...totals, ...timings }).meta({ id: 'UsageSummary' });

const stack = z.strictObject({
  key: text.nullable(),
  costNanoUsd: z.array(nanoUsd),
  requests: z.array(count),
  tokens: z.array(count),
});

const storedPart = z.union([
  z.strictObject({ type: z.enum(['text', 'media']), text }),
  z.strictObject({ type: z.enum(['call', 'result']), name: text, text }),
]);

const storedConversation = z.strictObject({
  isRedacted: flag,
  turns: z.array(z.strictObject({ role: text, parts: z.array(storedPart) })),
});

const cursor = text.describe('nextCursor of the page before');

const classCosts = z
  .strictObject({
    inputTokens: nanoUsd,
    cacheReadTokens: nanoUsd,
    cacheWrite5mTokens: nanoUsd,
    cacheWrite1hTokens: nanoUsd,
    outputTokens: nanoUsd,
    webSearches: nanoUsd,
  })
  .describe('what each class had of the cost, by the price of now; null where that does not add up to it');

const counted = z
  .strictObject({
    epoch: text,
    requests: count,
    failedRequests: count,
    unpricedRequests: count,
    inputTokens: count,
    outputTokens: count,
    costNanoUsd: nanoUsd,
  })
  .nullable();

export const reportEndpoints = {
  stats: endpoint(
    'Totals of a span, those of the span before it, and the dearest models, applications or tags.',
    { ...span, ...filter, by: dimension.default('model'), limit: wholeNumber(1, 1000).default(10) },
    z.strictObject({
      ...answeredSpan,
      summary,
      previous: summary.nullable().describe('of the span just before, as long; null for all time'),
      by: dimension,
      rows: z.array(breakdownRow).describe('the most expensive first'),
      ofDearest,
      rowsFromMs: rowsFrom.describe('where a text is looked for, which totals do not know; otherwise 0'),
      searchedFromMs: moment.describe(
        'from when on a text was looked for: of very many requests among the newest only; 0: in the whole span',
      ),
      counted: counted.describe(
        'the totals of the live socket before the report was read, whatever is asked for: what they hold, it knows; null while no page listens',
      ),
      countedAfter: counted.describe('the same when it was read: it knows of nothing that they do not hold'),
    }),
  ),
  timeseries: endpoint(
    'A figure for each part of a span, without gaps, and for the dearest keys where they are to be stacked.',
    {
      ...span,
      ...filter,
      stack: z.union([z.literal('none'), dimension], { error: DIMENSION_FORM }).default('none'),
    },
    z.strictObject({
      range: answeredSpan.range,
      bucketMs: moment,
      points: z.array(z.strictObject({ bucketMs: moment, ...totals, ...timings })),
      stacks: z.array(stack).nullable(),
    }),
  ),
  requests: endpoint(
    'Requests, the newest first or as sort says, a page at a time.',
    {
      ...span,
      ...filter,
      sort: z.enum(REQUEST_SORTS).default('time'),
      limit: wholeNumber(1, 500).default(50),
      cursor: cursor.optional(),
      before: cursor.describe('the older name of cursor').optional(),
    },
    z.strictObject({
      records: z.array(record),
      nextCursor: text.nullable(),
      rowsFromMs: rowsFrom,
      searchedBackToMs: moment
        .nullable()
        .describe(
          'where a text is looked for among very many, from the newest back whatever sort says: the page ends here, full or not, and nextCursor goes on; null: it did not stop',
        ),
    }),
  ),
  request: endpoint(
    'One request, with what was said where the archive kept it.',
    {},
    z.strictObject({ record, costs: classCosts.nullable(), stored: storedConversation.nullable() }),
  ),
  status: endpoint(
    'How the server is.',
    {},
    z.strictObject({
      version: text,
      startedAtMs: moment,
      isEmpty: flag.describe('until the first request ever'),
      proxyUrl: text,
      dataDir: text,
      upstreams: z.strictObject({ anthropic: text, openai: text }),
      journal: z.strictObject({
        waitingLines: count,
        droppedLines: count,
        inFlight: count,
        lastError: text.nullable(),
      }),
    }),
  ),
};
