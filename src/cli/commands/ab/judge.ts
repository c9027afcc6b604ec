// `tokenwatch ab judge`: a model grades stored answers of both variants, and the grades stand beside ratings in the report.

import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import {
  costsOf,
  type Grading,
  type GradingOptions,
  type PlannedGrading,
  planGrading,
  runGrading,
} from '../../../replay/grade-answers.ts';
import { runCost } from '../../../replay/replay-money.ts';
import type { ResultFile } from '../../../replay/replay-result.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, UsageError } from '../../command.ts';
import { HOW_TO_STORE, sourceOf, withArchive } from '../../prompts.ts';
import { ReplayBench } from '../../replay-bench.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';
import { CONCURRENCY_MAX, dollarsOf, judgeOf, wholeOf } from '../replay.ts';

const SAMPLE_STANDARD = 100;
const GRADES_AT_ONCE = 500;

export const abJudge: Command = {
  name: 'ab judge',
  summary: 'let a model grade stored answers of both variants, for the report',
  argument: '[name]',
  options: [
    { flags: '--judge <model>', about: 'the model that grades: openai:NAME or anthropic:NAME' },
    { flags: '--rubric <text>', about: 'what is asked of an answer, instead of how well it serves' },
    {
      flags: '--sample <count>',
      about: 'so many answers of each variant, always the same ones',
      standard: String(SAMPLE_STANDARD),
    },
    { flags: '--concurrency <count>', about: 'how many at a time', standard: '3' },
    { flags: '--max-cost <dollars>', about: 'nothing is sent unless all of it fits', standard: '2.00' },
    { flags: '--retry-interrupted', about: 'ask again what was in flight when an earlier run ended' },
    { flags: '--dry-run', about: 'say how many and what it can cost, and send nothing' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch ab judge cheaper --judge openai:gpt-4.1 --sample 200 --dry-run',
    'tokenwatch ab judge cheaper --judge openai:gpt-4.1 --rubric "Is the answer friendly, and does it solve the problem?"',
  ],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    const judge = judgeOf(context);
    if (judge === null) throw new UsageError('Which model grades? Add --judge openai:MODEL.');
    const { createdAtMs } = await ask(context, 'experiment', { name });
    const options: GradingOptions = {
      experiment: name,
      sinceMs: createdAtMs,
      judge,
      rubric: optionText(context, 'rubric') ?? null,
      sample: wholeOf(context, 'sample', 1, 100_000) ?? SAMPLE_STANDARD,
      concurrency: wholeOf(context, 'concurrency', 1, CONCURRENCY_MAX) ?? 3,
      mostNanoUsd: dollarsOf(context, 'maxCost'),
      retriesDoubtful: context.options.retryInterrupted === true,
    };
    await withArchive(context, async (opened) => {
      await using bench = await ReplayBench.open(context);
      const planned = await planGrading(sourceOf(opened), options, bench);
      if (planned.answers.length === 0)
        throw new TokenWatchError(
          'no_data',
          `No answer of the A/B test "${name}" is stored that a judge could read. ${HOW_TO_STORE}`,
        );
      const path = bench.resultPath(`judge-${judge.model.replace(/[^\w.-]/g, '_')}`);
      if (context.options.dryRun) tellPlan(context, planned);
      else await grade(context, planned, options, bench, bench.openResults(path));
    });
  },
};

async function grade(
  context: CommandContext,
  planned: PlannedGrading,
  options: GradingOptions,
  bench: ReplayBench,
  file: ResultFile,
): Promise<void> {
  const tell = (line: string): void => void process.stderr.write(`tokenwatch: ${line}\n`);
  const grading = await runGrading(planned, options, bench, file, tell);
  const judge = `${options.judge.api}:${options.judge.model}`;
  for (let from = 0; from < grading.grades.length; from += GRADES_AT_ONCE) {
    const some = grading.grades.slice(from, from + GRADES_AT_ONCE);
    const grades = some.map(({ id, grade: given }) => ({ request: id, grade: given }));
    await ask(context, 'abGrade', { judge, grades });
  }
  context.print(
    context.options.json
      ? JSON.stringify({ judge, ...grading, withoutText: planned.withoutText }, null, 2)
      : gradingInWords(options.experiment, judge, grading, planned),
  );
  if (context.signal.aborted)
    throw new TokenWatchError('shutting_down', 'The run was stopped before its end.');
}

function tellPlan(context: CommandContext, planned: PlannedGrading): void {
  const { answers, withoutText } = planned;
  const plan = { answers: answers.length, withoutText, ...runCost(costsOf(planned)) };
  const price = plan.unpriced > 0 ? 'a cost that is unknown' : `at most ${formatUsd(plan.worstNanoUsd)}`;
  context.print(
    context.options.json
      ? JSON.stringify(plan, null, 2)
      : `${counted(plan.answers, 'answer')}, each graded twice, for ${price}.\nNothing was sent.`,
  );
}

function gradingInWords(
  name: string,
  judge: string,
  { variants, grades, undecided, agreement }: Grading,
  { withoutText }: PlannedGrading,
): string {
  const means = variants.map(
    ({ variant, answers, meanGrade }) =>
      `${variant.toUpperCase()} ${meanGrade.toFixed(2)} (${counted(answers, 'answer')})`,
  );
  return [
    `${judge} graded ${counted(grades.length, 'answer')}: ${means.join(', ') || 'none'}.`,
    ...(agreement === null
      ? []
      : [`With the scale turned round it gave the same grade for ${Math.round(100 * agreement)} %.`]),
    ...(undecided === 0 ? [] : [`For ${undecided} it gave no grade.`]),
    ...(withoutText === 0
      ? []
      : [`${counted(withoutText, 'answer has', 'answers have')} no text, only calls of tools.`]),
    `What it shows: tokenwatch ab report ${name}`,
  ].join('\n');
}
