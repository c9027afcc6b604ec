// A/B tests under the names `/api/ab/list`, `/api/ab/report/NAME` and `/api/ab/feedback`: what they have shown, and the
// ratings that tell the answers' quality.

import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { ExperimentFigures } from '../core/experiment-figures.ts';
import { type Feedback, RATING_MAX, RATING_MIN, type RatedRequest } from '../core/feedback.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import type { RuleEditor } from '../policy/rule-editor.ts';
import type { ExperimentDefinition } from '../policy/rules.ts';
import { reportExperiment } from '../statistics/experiment-report.ts';
import { verdict } from '../statistics/verdict.ts';
import type { ExperimentAnswer } from './contract.ts';
import { assertFields, textField, wrong } from './fields.ts';
import type { Resource, Resources } from './resource.ts';

export interface ExperimentResourceOptions {
  readonly editor: RuleEditor;
  readonly analytics: ExperimentFigures;
  readonly feedback: Feedback;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
}

export function experimentResources(options: ExperimentResourceOptions): Resources {
  const { editor, analytics, catchUp } = options;
  const ab: Resource = {
    show: async (name, parameters) => {
      await catchUp();
      if (name === 'list') return { experiments: await listed(editor) };
      const test = /^report\/(.+)$/.exec(name)?.[1];
      if (test !== undefined)
        return experimentAnswer(
          analytics,
          await editor.existing('experiment', test),
          marginOf(parameters.get('margin'), 'margin'),
        );
      throw unknownName(name);
    },
    change: async (name, document) => {
      if (name !== 'feedback') throw unknownName(name);
      assertFields(document, ['request', 'rating']);
      const request = textField(document, 'request');
      await catchUp();
      const rating = ratingOf(document.rating) ?? refuseRating(document.rating);
      return { rated: { ...(await rate(options, request, rating)), rating } };
    },
  };
  return { '/api/ab': ab };
}

/** Of the records since the test was created: an earlier test of its name is another test. */
export async function experimentAnswer(
  analytics: ExperimentFigures,
  { name, createdAtMs, definition }: RuleEntry,
  marginPercent: number | null,
): Promise<ExperimentAnswer> {
  const test = definition as ExperimentDefinition;
  const records = { experiment: name, unit: test.sticky, sinceMs: createdAtMs };
  const report = await reportExperiment(analytics, records, { ...test, marginPercent });
  return { name, createdAtMs, ...test, ...report, verdict: verdict(report, test.minSamples) };
}

/** Throws `no_data` for a request that is not on record. */
export async function rate(
  { feedback, clock }: Pick<ExperimentResourceOptions, 'feedback' | 'clock'>,
  request: string,
  rating: number,
): Promise<RatedRequest> {
  const rated = await feedback.rate(request, { rating, atMs: clock.now() });
  if (rated !== null) return rated;
  throw new TokenWatchError(
    'no_data',
    `No request has the id "${request}". It is the x-tokenwatch-request-id of its answer or, for a request of an A/B test, the id in the answer.`,
  );
}

/** Null for what is no rating. */
export function ratingOf(value: unknown): number | null {
  const isRating = Number.isInteger(value) && Number(value) >= RATING_MIN && Number(value) <= RATING_MAX;
  return isRating ? Number(value) : null;
}

function refuseRating(value: unknown): never {
  throw wrong('rating', value, `a whole number from ${RATING_MIN} to ${RATING_MAX}`);
}

/** Null without one; throws `invalid_argument`, with the name that it was given by. */
export function marginOf(text: string | null | undefined, name: string): number | null {
  if (text === null || text === undefined) return null;
  const percent = Number(text);
  if (text.trim() !== '' && percent > 0 && percent < 100) return percent;
  throw new TokenWatchError(
    'invalid_argument',
    `${name} "${text}" is not a percentage between 0 and 100, such as 5.`,
  );
}

async function listed(editor: RuleEditor): Promise<readonly object[]> {
  const entries = await editor.list('experiment');
  return entries.map(({ name, createdAtMs, definition }) => ({
    name,
    createdAtMs,
    ...(definition as ExperimentDefinition),
  }));
}

function unknownName(name: string): TokenWatchError {
  return new TokenWatchError(
    'unknown_route',
    `There is no /api/ab/${name}. There are /api/ab/list, /api/ab/report/NAME and, to POST to, /api/ab/feedback.`,
  );
}
