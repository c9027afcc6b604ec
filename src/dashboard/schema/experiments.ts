// A/B tests: set, watched and rated.

import { z } from 'zod';
import { RATING_MAX, RATING_MIN } from '../../core/feedback.ts';
import { COMPARED } from '../../statistics/experiment-report.ts';
import { endpoint } from './endpoint.ts';
import { modelName, ruleName, scopePart } from './forms.ts';
import { removed } from './rules.ts';
import {
  count,
  fault,
  figure,
  flag,
  moment,
  nanoUsd,
  optional,
  rowsFrom,
  text,
  wholeNumber,
} from './values.ts';

const STATES = ['active', 'paused', 'completed'] as const;
const UNITS = ['session', 'request', 'app'] as const;

const test = {
  modelA: text,
  modelB: text,
  split: figure.describe('percent that get model B'),
  app: text.nullable(),
  tag: text.nullable(),
  sticky: z.enum(UNITS),
  minSamples: count,
  anyModel: flag,
  state: z.enum(STATES),
};
const row = { name: text, createdAtMs: moment, ...test };
const listed = z.strictObject({ experiments: z.array(z.strictObject(row)), fault });

const interval = z.strictObject({ low: figure, high: figure });
const measured = z.strictObject({ value: figure, interval: interval.nullable() });

const variant = z.strictObject({
  variant: text,
  units: count,
  requests: count,
  inputTokens: count,
  outputTokens: count,
  costNanoUsd: nanoUsd,
  unpricedRequests: count,
  failedRequests: count,
  failureRate: measured.nullable(),
  meanCost: measured.nullable(),
  meanTokens: measured.nullable(),
  latencyP50: measured.nullable(),
  latencyP95: measured.nullable(),
  rating: measured.nullable(),
  ratedRequests: count,
  grade: measured.nullable().describe('by a model that judges, 1 to 5'),
  gradedRequests: count,
  judges: z.array(text).describe('who gave the grades'),
});

const comparison = z
  .strictObject({
    a: figure.nullable(),
    b: figure.nullable(),
    difference: interval.nullable().describe('B less A'),
    ratio: interval.nullable().describe('B over A'),
    finding: z.enum(['too_early', 'different', 'same', 'open']),
    moreUnits: z.strictObject({ low: figure, high: figure.nullable() }).nullable(),
  })
  .meta({ id: 'Comparison' });

const report = z
  .strictObject({
    ...row,
    confidence: figure.describe('of all intervals together, however often one looks'),
    unit: z.enum(UNITS),
    variants: z.array(variant),
    enough: flag,
    marginPercent: figure.nullable(),
    comparisons: z.record(z.enum(COMPARED), comparison),
    sampleRatio: z.strictObject({
      expectedShareOfB: figure,
      shareOfB: figure.nullable(),
      isWrong: flag,
      alpha: figure,
    }),
    rowsFromMs: rowsFrom,
    verdict: z.array(text).describe('what it comes to, in sentences'),
  })
  .meta({ id: 'ExperimentReport' });

const GRADES_MAX = 1000;
const PERCENT = 'a percentage between 0 and 100, such as 5';

export const experimentEndpoints = {
  experiments: endpoint('A/B tests.', {}, listed),
  abList: endpoint('A/B tests, by the older name.', {}, listed),
  experimentAdd: endpoint(
    'Splits traffic between two models.',
    {
      name: ruleName,
      modelA: modelName,
      modelB: modelName,
      split: figure.meta({ minimum: 0, maximum: 100 }).default(50).describe('percent that get model B'),
      app: optional(scopePart),
      tag: optional(scopePart),
      sticky: z.enum(UNITS).default('session'),
      minSamples: wholeNumber(0, 999_999_999).default(100),
      anyModel: flag.default(false),
    },
    z.strictObject({ added: z.strictObject({ name: text, ...test }) }),
  ),
  experiment: endpoint('What an A/B test has shown.', {}, report),
  experimentChange: endpoint(
    'Pauses, resumes or completes an A/B test.',
    { state: z.enum(STATES) },
    z.strictObject({ changed: z.strictObject({ name: text, state: z.enum(STATES) }) }),
  ),
  experimentRemove: endpoint('Removes an A/B test.', {}, removed),
  abReport: endpoint(
    'What an A/B test has shown, with a margin within which figures count as the same.',
    {
      margin: z
        .number({ error: PERCENT })
        .gt(0, PERCENT)
        .lt(100, PERCENT)
        .describe('percent; points, for failures')
        .optional(),
    },
    report,
  ),
  abHistory: endpoint(
    'What an A/B test had shown by then, at moments since it began: the intervals hold at every one of them.',
    {},
    z.strictObject({
      name: text,
      points: z
        .array(
          z.strictObject({
            atMs: moment,
            requests: count,
            comparisons: z.strictObject({
              cost: comparison,
              failures: comparison,
              latencyP50: comparison,
              latencyP95: comparison,
              tokens: comparison,
              rating: comparison,
              grade: comparison,
            }),
          }),
        )
        .describe('oldest first'),
      isWhole: flag.describe('false while more are looked for: ask again'),
    }),
  ),
  abFeedback: endpoint(
    'Rates the answer to a request.',
    {
      request: text.describe('the request’s id, or the id in its answer'),
      rating: wholeNumber(RATING_MIN, RATING_MAX).describe(`${RATING_MAX} is the best`),
    },
    z.strictObject({
      rated: z.strictObject({
        id: text,
        experiment: text.nullable(),
        variant: text.nullable(),
        rating: z.int(),
      }),
    }),
  ),
  abGrade: endpoint(
    'Keeps what a model that judges thought of answers: beside ratings, in the report. A later grade replaces an earlier one.',
    {
      judge: text.describe('the model that gave them, such as openai:gpt-4.1'),
      grades: z
        .array(
          z.strictObject({
            request: text.describe('the request’s id, or the id in its answer'),
            grade: z
              .number()
              .gte(RATING_MIN)
              .lte(RATING_MAX)
              .describe(`${RATING_MAX} is the best; the mean of several looks need not be whole`),
          }),
        )
        .min(1)
        .max(GRADES_MAX),
    },
    z.strictObject({
      graded: count,
      unknown: z.array(text).describe('ids that no request has'),
    }),
  ),
};
