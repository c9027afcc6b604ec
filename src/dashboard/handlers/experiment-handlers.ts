// A/B tests: what they have shown, and the ratings that tell the answers' quality.

import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { ExperimentFigures } from '../../core/experiment-figures.ts';
import { type Feedback, RATING_MAX, RATING_MIN, type RatedRequest } from '../../core/feedback.ts';
import { deletedWords } from '../../core/retention.ts';
import type { RuleEntry } from '../../core/rule-book.ts';
import { familyOf } from '../../policy/model-family.ts';
import type { RuleEditor } from '../../policy/rule-editor.ts';
import type { ExperimentDefinition } from '../../policy/rules.ts';
import { type ExperimentReport, reportExperiment } from '../../statistics/experiment-report.ts';
import { verdict } from '../../statistics/verdict.ts';
import type { ExperimentAnswer, ExperimentRow } from '../contract.ts';
import { ExperimentHistory } from '../reports/experiment-history.ts';
import type { HandlersOf } from './handlers.ts';
import { listedRules, type RunningRules } from './rule-handlers.ts';

type TestRecords = ExperimentFigures & Pick<Analytics, 'rowsFromMs'>;

export interface ExperimentOptions {
  readonly editor: RuleEditor;
  readonly analytics: TestRecords;
  readonly feedback: Feedback;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
  readonly running: RunningRules | null;
}

export function experimentHandlers(
  options: ExperimentOptions,
): HandlersOf<'experiments' | 'abList' | 'experiment' | 'abReport' | 'abHistory' | 'abFeedback' | 'abGrade'> {
  const { editor, analytics, catchUp } = options;
  const history = new ExperimentHistory(options);
  const list = async () => {
    const { entries, fault } = await listedRules(options, 'experiment');
    return { experiments: entries.map(experimentRow), fault };
  };
  const report = async (name: string, margin: number | null) => {
    await catchUp();
    return experimentAnswer(analytics, await editor.existing('experiment', name), margin);
  };
  return {
    experiments: list,
    abList: list,
    experiment: ({ name }) => report(name, null),
    abReport: ({ name, margin }) => report(name, margin ?? null),
    abHistory: async ({ name }) => {
      await catchUp();
      return { name, ...(await history.points(await editor.existing('experiment', name))) };
    },
    abFeedback: async ({ request, rating }) => {
      await catchUp();
      return { rated: { ...(await rate(options, request, rating)), rating } };
    },
    abGrade: async ({ judge, grades }) => {
      await catchUp();
      const unknown: string[] = [];
      for (const { request, grade } of grades) {
        const graded = await options.feedback.grade(request, { grade, judge, atMs: options.clock.now() });
        if (graded === null) unknown.push(request);
      }
      return { graded: grades.length - unknown.length, unknown };
    },
  };
}

/** Of the records since the test was created: an earlier test of its name is another test. */
export async function experimentAnswer(
  analytics: TestRecords,
  { name, createdAtMs, definition }: RuleEntry,
  marginPercent: number | null,
): Promise<ExperimentAnswer> {
  const test = definition as ExperimentDefinition;
  const records = { experiment: name, unit: test.sticky, sinceMs: createdAtMs };
  const report = await reportExperiment(analytics, records, { ...test, marginPercent });
  const rowsFromMs = await analytics.rowsFromMs();
  // Those of a test that is not completed stay.
  const isShort = test.state === 'completed' && !(await analytics.figuresAreWhole(records));
  const told = [...verdict(report, test.minSamples), ...ownFamilyWarning(test, report)];
  return {
    ...{ name, createdAtMs, ...test, ...report },
    rowsFromMs: isShort ? rowsFromMs : 0,
    verdict: isShort ? [deletedWords(rowsFromMs), ...told] : told,
  };
}

/** Judges prefer answers of their own family, which matters where only one of the two is of it. */
function ownFamilyWarning({ modelA, modelB }: ExperimentDefinition, report: ExperimentReport): string[] {
  const [ofA, ofB] = [familyOf(modelA), familyOf(modelB)];
  if (ofA === ofB) return [];
  const judges = new Set(report.variants.flatMap((variant) => variant.judges));
  return [...judges].flatMap((judge) => {
    const family = judge.split(':')[0];
    const own = family === ofA ? 'A' : family === ofB ? 'B' : null;
    return own === null ? [] : [`The judge ${judge} is of ${own}'s family, and judges prefer their own.`];
  });
}

/** Throws `no_data` for a request that is not on record. */
async function rate(
  { feedback, clock }: Pick<ExperimentOptions, 'feedback' | 'clock'>,
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

function experimentRow({ name, createdAtMs, definition }: RuleEntry): ExperimentRow {
  return { name, createdAtMs, ...(definition as ExperimentDefinition) };
}
