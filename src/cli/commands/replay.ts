// `tokenwatch replay`: stored prompts asked of another model, and compared; or a suite of tests.

import { writeFileSync } from 'node:fs';
import type { Embedder } from '../../cache/embedder.ts';
import { openEmbedder as openByName } from '../../cache/embedders/registry.ts';
import { systemClock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { formatUsd, nanoUsdFromUsd } from '../../core/money.ts';
import { printable } from '../../core/shown-text.ts';
import { comparisonReport, REPORT_FORMATS, type ReportFormat } from '../../replay/comparison-report.ts';
import { type JudgeChoice, parseJudge } from '../../replay/judge.ts';
import { runCost } from '../../replay/replay-money.ts';
import {
  assertChosen,
  planInWords,
  planStored,
  runName,
  runStored,
  type StoredReplay,
} from '../../replay/stored-replay.ts';
import { hasFailed, suiteReport } from '../../replay/suite/suite-report.ts';
import { optionText } from '../budgets.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { PROMPT_OPTIONS, queryOf, sourceOf, withArchive } from '../prompts.ts';
import { ReplayBench } from '../replay-bench.ts';
import { costsOf, planSuite, runSuite } from '../replay-suite.ts';
import { sideBySide } from '../side-by-side.ts';
import { bold } from '../table.ts';
import { assertWritable } from '../user-file.ts';

export const CONCURRENCY_MAX = 50;
const openEmbedder = (): Promise<Embedder | null> => openByName('local').catch(() => null);

export const replay: Command = {
  name: 'replay',
  summary: 'ask stored prompts of another model through the proxy, and compare the answers',
  options: [
    {
      flags: '--target <model>',
      about: 'the model to ask; openai:NAME or anthropic:NAME says which API it speaks',
    },
    {
      flags: '--suite <file>',
      about: 'run the tests of a suite (YAML, as promptfoo writes it) instead; exit 1 if one fails',
    },
    { flags: '--source-model <name>', about: 'only prompts that this model answered; * stands for any text' },
    ...PROMPT_OPTIONS.filter(({ flags }) => !flags.startsWith('--model')),
    { flags: '--sample <count>', about: 'so many of them, always the same ones' },
    { flags: '--concurrency <count>', about: 'how many at a time', standard: '3' },
    { flags: '--max-cost <dollars>', about: 'nothing is sent unless all of it fits', standard: '2.00' },
    {
      flags: '--max-output <tokens>',
      about: 'bounds the answers of requests without a bound, or with a higher one',
    },
    { flags: '--noise <count>', about: 'ask so many of their own model again, to know what chance makes' },
    {
      flags: '--judge <model>',
      about: 'a model (openai:NAME, anthropic:NAME) that says which answer is better',
    },
    { flags: '--retry-interrupted', about: 'ask again what was in flight when an earlier run ended' },
    { flags: '--dry-run', about: 'say how many, their tokens and cost, and send nothing' },
    { flags: '--diff', about: 'answers that differ, beside each other' },
    { flags: '--out <file>', about: 'the report into this file' },
    { flags: '--format <format>', about: "the report's format", choices: REPORT_FORMATS, standard: 'text' },
  ],
  examples: [
    'tokenwatch replay --target claude-haiku-4-5 --source-model claude-sonnet-4-5 --from 7d --sample 50 --dry-run',
    'tokenwatch replay --target openai:gpt-5-mini --app search --max-cost 1 --judge openai:gpt-4.1',
    'tokenwatch replay --suite tests.yaml --format junit --out junit.xml',
  ],
  async run(context) {
    const out = optionText(context, 'out');
    // Before anything is paid for.
    if (out !== undefined) assertWritable(out);
    if (context.options.suite !== undefined) {
      await replaySuite(context);
      return;
    }
    const format = context.options.format as ReportFormat;
    const asked = { ...context, options: { ...context.options, model: context.options.sourceModel } };
    const options = optionsOf(asked);
    await withArchive(asked, async (opened) => {
      await using bench = await ReplayBench.open(context);
      const planned = await planStored(sourceOf(opened), options, bench);
      assertChosen(planned);
      if (context.options.dryRun) {
        const { chosen, costs, noise, refused, translated, fromCache } = planned;
        const plan = {
          prompts: chosen.length,
          ...runCost([...costs, ...noise]),
          translated,
          fromCache,
          refused: Object.fromEntries(refused),
        };
        context.print(
          format === 'json'
            ? JSON.stringify(plan, null, 2)
            : `${planInWords(planned, options.target)}\nNothing was sent.`,
        );
        return;
      }
      const path = bench.resultPath(runName(options));
      const tell = (line: string): void => void process.stderr.write(`tokenwatch: ${line}\n`);
      tell(planInWords(planned, options.target).replaceAll('\n', '; '));
      const comparison = await runStored(
        planned,
        options,
        bench,
        bench.openResults(path),
        openEmbedder,
        tell,
      );
      if (context.options.diff)
        for (const { promptId, question, recorded, replayed, agreement } of comparison.prompts) {
          if (agreement === null || agreement.exact) continue;
          context.print(
            bold(`${promptId.slice(-8)} ${printable(question.slice(0, 60).replaceAll('\n', ' '))}`),
          );
          for (const line of sideBySide(recorded.text, replayed.text, context.columns)) context.print(line);
        }
      printReport(context, comparisonReport(comparison, format));
      tell(`Every answer is kept in ${path}: the same run again pays only what is missing.`);
      if (context.signal.aborted)
        throw new TokenWatchError('shutting_down', 'The run was stopped before its end.');
    });
  },
};

async function replaySuite(context: CommandContext): Promise<void> {
  const options = {
    file: optionText(context, 'suite') ?? '',
    target: optionText(context, 'target') ?? null,
    concurrency: wholeOf(context, 'concurrency', 1, CONCURRENCY_MAX) ?? 3,
    mostNanoUsd: dollarsOf(context, 'maxCost'),
    judge: judgeOf(context),
  };
  const format = context.options.format as ReportFormat;
  await using bench = await ReplayBench.open(context);
  const planned = planSuite(options, bench);
  if (context.options.dryRun) {
    const plan = { tests: planned.tests.length, ...runCost(costsOf(planned)) };
    const { expectedNanoUsd, worstNanoUsd, unpriced } = plan;
    const unknown = unpriced === 0 ? '' : `; the price of ${unpriced} is unknown`;
    context.print(
      format === 'json'
        ? JSON.stringify(plan, null, 2)
        : `${counted(plan.tests, 'test')}, about ${formatUsd(expectedNanoUsd)}, at most ${formatUsd(worstNanoUsd)}${unknown}, and what a judge costs.\nNothing was sent.`,
    );
    return;
  }
  const results = await runSuite(planned, options, bench);
  printReport(context, suiteReport(planned.suite.description, results, format));
  if (results.some(hasFailed)) process.exitCode = 1;
}

function printReport(context: CommandContext, report: string): void {
  const file = optionText(context, 'out');
  if (file === undefined) context.print(report);
  else {
    writeFileSync(file, `${report}\n`, { mode: 0o600 });
    context.print(`The report is in ${file}.`);
  }
}

function optionsOf(context: CommandContext): StoredReplay {
  const target = optionText(context, 'target');
  if (target === undefined) throw new UsageError('Which model? Add --target MODEL.');
  return {
    target,
    prompts: queryOf(context, systemClock.now()),
    ids: null,
    sample: wholeOf(context, 'sample', 1, 1_000_000) ?? null,
    concurrency: wholeOf(context, 'concurrency', 1, CONCURRENCY_MAX) ?? 3,
    mostNanoUsd: dollarsOf(context, 'maxCost'),
    outputTokensMax: wholeOf(context, 'maxOutput', 1, 10_000_000) ?? null,
    noise: wholeOf(context, 'noise', 0, 1_000_000) ?? 0,
    judge: judgeOf(context),
    retriesDoubtful: context.options.retryInterrupted === true,
  };
}

export function judgeOf(context: CommandContext): JudgeChoice | null {
  const text = optionText(context, 'judge');
  const judge = text === undefined ? null : parseJudge(text);
  if (text !== undefined && judge === null)
    throw new TokenWatchError(
      'invalid_argument',
      `--judge "${text}" is not openai:MODEL or anthropic:MODEL.`,
    );
  return judge;
}

export function wholeOf(
  context: CommandContext,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = optionText(context, name);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new TokenWatchError(
    'invalid_argument',
    `--${flag} "${text}" is not a whole number from ${least} to ${most}.`,
  );
}

export function dollarsOf(context: CommandContext, name: string): number {
  const text = String(context.options[name]);
  if (/^\$?\d{1,6}(?:\.\d{1,9})?$/.test(text)) return nanoUsdFromUsd(Number(text.replace('$', '')));
  throw new TokenWatchError(
    'invalid_argument',
    `--max-cost "${text}" is not an amount of dollars such as 2.00.`,
  );
}
