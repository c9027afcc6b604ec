// `tokenwatch replay --suite FILE`: the suite's tests through the proxy, within the money, and what came of them.

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { cosineSimilarity, type Embedder } from '../cache/embedder.ts';
import { openEmbedder } from '../cache/embedders/registry.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import { answerContent } from '../protocols/answer-content.ts';
import type { JudgeChoice } from '../replay/judge.ts';
import { runHeld } from '../replay/paid-run.ts';
import { assertAffordable, type TaskCost } from '../replay/replay-money.ts';
import { ResultFile } from '../replay/replay-result.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import type { AssertionHelp } from '../replay/suite/assertion.ts';
import { checkAnswer } from '../replay/suite/check-answer.ts';
import {
  type Provider,
  parseProvider,
  readSuite,
  type Suite,
  type SuiteTest,
} from '../replay/suite/read-suite.ts';
import { gradeBody, gradeOf } from '../replay/suite/rubric.ts';
import type { SuiteResult } from '../replay/suite/suite-report.ts';
import { suiteTask, toolsOf } from '../replay/suite/suite-task.ts';
import type { ReplayBench } from './replay-bench.ts';

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
  const suite = readSuite(readText(options.file), options.file, readText);
  const providers = options.target === null ? suite.providers : [targetProvider(options.target)];
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
        const inputTokens = Math.ceil(JSON.stringify(task.body).length / BYTES_PER_TOKEN);
        return {
          test,
          provider: label,
          cost: bench.costOf(task, inputTokens, OUTPUT_TOKENS_EXPECTED),
          error: null,
        };
      } catch (error) {
        if (!(error instanceof TokenWatchError)) throw error;
        return { test, provider: label, cost: null, error: error.message };
      }
    });
  });
  return { suite, tests };
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
  return results;
}

async function resultOf(
  { test, provider, cost, error }: PlannedTest,
  file: ResultFile,
  help: SuiteHelp,
): Promise<SuiteResult> {
  const result = cost === null ? null : file.result(cost.task.key);
  const content = answerContent(result?.answer);
  const calls = content?.toolCalls.map((call) => `→ ${call.name}(${JSON.stringify(call.arguments)})`) ?? [];
  const told = {
    description: test.description,
    provider,
    answer: [content?.text ?? '', ...calls].filter((line) => line !== '').join('\n'),
    latencyMs: result?.latencyMs ?? 0,
    costNanoUsd: result === null ? 0 : result.costNanoUsd,
  };
  const fault =
    error ??
    (result === null ? 'it was not asked' : (result.error ?? (content === null ? 'no answer' : null)));
  if (fault !== null || content === null || result === null || cost === null)
    return { ...told, error: fault, verdict: null };
  const { costNanoUsd, latencyMs } = result;
  const answer = { content, costNanoUsd, latencyMs, tools: toolsOf(cost.task.body) };
  return { ...told, error: null, verdict: await checkAnswer(answer, test.assertions, test.threshold, help) };
}

class SuiteHelp implements AssertionHelp, AsyncDisposable {
  readonly #options: SuiteRunOptions;
  readonly #bench: ReplayBench;
  readonly #file: ResultFile;
  readonly #schemas = new Ajv({ strict: false, allErrors: false });
  #spentNanoUsd: NanoUsd;
  #embedder: Promise<Embedder | null> | null = null;

  constructor(options: SuiteRunOptions, bench: ReplayBench, file: ResultFile, spentNanoUsd: NanoUsd) {
    this.#options = options;
    this.#bench = bench;
    this.#file = file;
    this.#spentNanoUsd = spentNanoUsd;
  }

  async similarity(one: string, other: string): Promise<number | null> {
    this.#embedder ??= openEmbedder('local').catch(() => null);
    const embedder = await this.#embedder;
    if (embedder === null || one.trim() === '' || other.trim() === '') return null;
    try {
      return cosineSimilarity(await embedder.embed(one), await embedder.embed(other));
    } catch {
      // A vector of half a text would mislead.
      return null;
    }
  }

  async grade(rubric: string, answer: string): Promise<{ score: number; isPassed: boolean; reason: string }> {
    const { judge, mostNanoUsd } = this.#options;
    if (judge === null) throw new Error('there is no judge: add --judge openai:MODEL or anthropic:MODEL');
    const path = judge.api === 'anthropic' ? '/v1/messages' : '/v1/chat/completions';
    const headers: Readonly<Record<string, string>> =
      judge.api === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
    const body = gradeBody(judge.model, rubric, answer);
    const key = `grade-${this.#file.size}`;
    const task: ReplayTask = {
      key,
      promptId: key,
      target: judge.model,
      turn: 0,
      api: judge.api,
      path,
      headers,
      body,
    };
    assertAffordable([this.#bench.costOf(task, 0, 0)], mostNanoUsd, this.#spentNanoUsd);
    await this.#bench.run([task], this.#file, 1);
    const result = this.#file.result(key);
    this.#spentNanoUsd += result?.costNanoUsd ?? 0;
    if (result?.error !== null) throw new Error(`the judge failed: ${result?.error}`);
    const grade = gradeOf(answerContent(result.answer)?.text ?? '');
    if (grade === null) throw new Error('the judge gave no grade');
    return grade;
  }

  schemaFault(schema: unknown, value: unknown): string | null {
    const wanted = typeof schema === 'string' ? JSON.parse(schema) : schema;
    const check = this.#schemas.compile(wanted);
    return check(value) ? null : this.#schemas.errorsText(check.errors);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#embedder)?.close();
  }
}

function targetProvider(target: string): Provider {
  const provider =
    parseProvider(target) ?? parseProvider(`${/^claude/i.test(target) ? 'anthropic' : 'openai'}:${target}`);
  if (provider !== null) return provider;
  throw new TokenWatchError('invalid_argument', `--target "${target}" is no model.`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TokenWatchError('invalid_argument', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
