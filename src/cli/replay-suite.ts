// `tokenwatch replay --suite FILE`: the suite's tests through the proxy, within the money, and what came of them.

import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import { type AnswerContent, answerContent } from '../protocols/answer-content.ts';
import { asObject } from '../protocols/json/json-value.ts';
import { promptTurns } from '../protocols/requests/prompt-turns.ts';
import type { JudgeChoice } from '../replay/judge.ts';
import { runHeld } from '../replay/paid-run.ts';
import { assertAffordable, type TaskCost } from '../replay/replay-money.ts';
import { type ReplayResult, ResultFile } from '../replay/replay-result.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import { KINDS } from '../replay/suite/assertion-kinds.ts';
import { outcomesOf, verdictOf } from '../replay/suite/check-answer.ts';
import { COMPARING, compareAnswers } from '../replay/suite/comparing.ts';
import {
  assertFew,
  type Provider,
  parseProvider,
  readSuite,
  type Suite,
  type SuiteTest,
} from '../replay/suite/read-suite.ts';
import type { SuiteResult } from '../replay/suite/suite-report.ts';
import { suiteTask, toolsOf } from '../replay/suite/suite-task.ts';
import type { ReplayBench } from './replay-bench.ts';
import { SuiteHelp } from './suite-help.ts';
import { readUserText } from './user-file.ts';

export interface SuiteRunOptions {
  readonly file: string;
  /** Instead of the suite's providers; null leaves those. */
  readonly target: string | null;
  readonly concurrency: number;
  readonly mostNanoUsd: NanoUsd;
  readonly judge: JudgeChoice | null;
}

interface PlannedTest {
  readonly test: SuiteTest;
  readonly provider: string;
  readonly cost: TaskCost | null;
  readonly error: string | null;
}

export interface PlannedSuite {
  readonly suite: Suite;
  readonly tests: readonly PlannedTest[];
}

/** Tokens are estimated by their bytes: nothing of these prompts was counted before. */
const BYTES_PER_TOKEN = 4;
const OUTPUT_TOKENS_EXPECTED = 300;

export function planSuite(options: SuiteRunOptions, bench: ReplayBench): PlannedSuite {
  const suite = readSuite(readUserText(options.file), options.file, (path) => readUserText(path));
  const providers = options.target === null ? suite.providers : [targetProvider(options.target)];
  assertFew(options.file, suite.tests.length * providers.length);
  let index = 0;
  const tests = suite.tests.flatMap((test): PlannedTest[] => {
    const isWhole = 'request' in test.prompt;
    if (!isWhole && providers.length === 0)
      throw new TokenWatchError(
        'invalid_argument',
        `${options.file} has no providers. Add some, or --target MODEL.`,
      );
    const asked: readonly (Provider | null)[] = isWhole && providers.length === 0 ? [null] : providers;
    return asked.map((provider) => {
      index += 1;
      const label = provider?.label ?? ('request' in test.prompt ? String(test.prompt.request.model) : '');
      try {
        const task = suiteTask(test, provider, index);
        assertLogprobs(test, task, label);
        const inputTokens = Math.ceil(JSON.stringify(task.body).length / BYTES_PER_TOKEN);
        return {
          test,
          provider: label,
          cost: bench.costOf(task, inputTokens, OUTPUT_TOKENS_EXPECTED),
          error: null,
        };
      } catch (error) {
        if (!(error instanceof TokenWatchError) || error.code === 'invalid_argument') throw error;
        return { test, provider: label, cost: null, error: error.message };
      }
    });
  });
  assertCompares(tests);
  return { suite, tests };
}

function assertLogprobs(test: SuiteTest, task: ReplayTask, provider: string): void {
  const needing = test.assertions.find(({ type }) => KINDS[type]?.needs.includes('logprobs'));
  if (needing === undefined || task.body.logprobs === true) return;
  throw new TokenWatchError(
    'invalid_argument',
    `${test.description} (${needing.type}) needs the logprobs of ${provider}: set "logprobs: true" in the config of a provider of Chat Completions.`,
  );
}

function assertCompares(tests: readonly PlannedTest[]): void {
  for (const group of Map.groupBy(tests, ({ test }) => test.group).values()) {
    const [first] = group;
    const comparing = first?.test.assertions.find(({ type }) => COMPARING.has(type));
    if (first === undefined || comparing === undefined || group.length > 1) continue;
    throw new TokenWatchError(
      'invalid_argument',
      `${first.test.description} (${comparing.type}) compares several answers, and there is one: add prompts or providers.`,
    );
  }
}

export const costsOf = ({ tests }: PlannedSuite): TaskCost[] => tests.flatMap(({ cost }) => cost ?? []);

export async function runSuite(
  planned: PlannedSuite,
  options: SuiteRunOptions,
  bench: ReplayBench,
): Promise<readonly SuiteResult[]> {
  const costs = costsOf(planned);
  assertAffordable(costs, options.mostNanoUsd, 0);
  const file = new ResultFile(bench.resultPath(`suite-${systemClock.now()}`));
  if (costs.length > 0) await runHeld(costs, options.concurrency, bench, file);
  const spent = costs.reduce((sum, { task }) => sum + (file.result(task.key)?.costNanoUsd ?? 0), 0);
  await using help = new SuiteHelp(options, bench, file, spent);
  const results: SuiteResult[] = [];
  for (const each of planned.tests) results.push(await resultOf(each, file, help));
  await compareGroups(planned, results, help);
  return results;
}

/** What chooses among the answers to one test comes when all of them are there. */
async function compareGroups(
  { tests }: PlannedSuite,
  results: SuiteResult[],
  help: SuiteHelp,
): Promise<void> {
  const groups = Map.groupBy(tests.keys(), (index) => tests[index]?.test.group ?? '');
  for (const indexes of groups.values()) {
    const test = tests[indexes[0] ?? 0]?.test;
    const comparing = test?.assertions.filter(({ type }) => COMPARING.has(type)) ?? [];
    const answered = indexes.filter((index) => results[index]?.verdict != null);
    const own = answered.map((index) => results[index]?.verdict?.outcomes ?? []);
    for (const definition of comparing) {
      const answers = answered.map((index, place) => ({
        text: results[index]?.answer ?? '',
        outcomes: own[place] ?? [],
      }));
      const compared = await compareAnswers(definition, answers, help);
      for (const [place, index] of answered.entries()) {
        const [result, outcome] = [results[index], compared[place]];
        if (result?.verdict == null || outcome === undefined || test === undefined) continue;
        const outcomes = [...result.verdict.outcomes, outcome];
        results[index] = { ...result, verdict: verdictOf(outcomes, test.threshold) };
      }
    }
  }
}

async function resultOf(
  { test, provider, cost, error }: PlannedTest,
  file: ResultFile,
  help: SuiteHelp,
): Promise<SuiteResult> {
  const result = cost === null ? null : file.result(cost.task.key);
  const content = contentOf(result);
  const calls = content?.toolCalls.map((call) => `→ ${call.name}(${JSON.stringify(call.arguments)})`) ?? [];
  const told = {
    description: test.description,
    provider,
    answer: [content?.text ?? '', ...calls].filter((line) => line !== '').join('\n'),
    latencyMs: result?.latencyMs ?? 0,
    costNanoUsd: result === null ? 0 : result.costNanoUsd,
  };
  const isRefused = content !== null && content.error === null;
  const fault =
    error ??
    (result === null
      ? 'it was not asked'
      : ((isRefused ? null : result.error) ?? (content === null ? 'no answer' : null)));
  if (fault !== null || content === null || result === null || cost === null)
    return { ...told, error: fault, verdict: null };
  const { costNanoUsd, latencyMs, answer: document } = result;
  const { body } = cost.task;
  const question = promptTurns(body).findLast(({ role }) => role === 'user')?.text ?? '';
  const { variables } = test;
  const answer = { content, costNanoUsd, latencyMs, tools: toolsOf(body), document, question, variables };
  const outcomes = await outcomesOf(answer, test.assertions, help);
  return { ...told, error: null, verdict: verdictOf(outcomes, test.threshold) };
}

/** A refusal by a provider's filter is an answer, though it comes as an error. */
function contentOf(result: ReplayResult | null): AnswerContent | null {
  const content = answerContent(result?.answer);
  const code = asObject(asObject(result?.answer)?.error)?.code;
  if (content === null || code !== 'content_filter') return content;
  return { ...content, text: '', finishReason: 'content_filter', isRefusal: true, error: null };
}

function targetProvider(target: string): Provider {
  const provider =
    parseProvider(target) ?? parseProvider(`${/^claude/i.test(target) ? 'anthropic' : 'openai'}:${target}`);
  if (provider !== null) return provider;
  throw new TokenWatchError('invalid_argument', `--target "${target}" is no model.`);
}
