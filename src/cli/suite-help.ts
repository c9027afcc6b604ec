// What a suite's assertions need beside the answers: an embedder, a judge that is asked through the proxy, and schemas.

import { Ajv } from 'ajv';
import { cosineSimilarity, type Embedder } from '../cache/embedder.ts';
import { openEmbedder } from '../cache/embedders/registry.ts';
import type { NanoUsd } from '../core/money.ts';
import { answerContent } from '../protocols/answer-content.ts';
import type { JsonObject } from '../protocols/json/json-value.ts';
import type { JudgeChoice } from '../replay/judge.ts';
import { assertAffordable } from '../replay/replay-money.ts';
import type { ResultFile } from '../replay/replay-result.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import type { AssertionHelp } from '../replay/suite/assertion.ts';
import { bestBody, bestIn, gradeBody, gradeOf } from '../replay/suite/rubric.ts';
import type { ReplayBench } from './replay-bench.ts';

interface JudgeTerms {
  readonly judge: JudgeChoice | null;
  readonly mostNanoUsd: NanoUsd;
}

export class SuiteHelp implements AssertionHelp, AsyncDisposable {
  readonly #options: JudgeTerms;
  readonly #bench: ReplayBench;
  readonly #file: ResultFile;
  readonly #schemas = new Ajv({ strict: false, allErrors: false });
  #spentNanoUsd: NanoUsd;
  #embedder: Promise<Embedder | null> | null = null;

  constructor(options: JudgeTerms, bench: ReplayBench, file: ResultFile, spentNanoUsd: NanoUsd) {
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
    const judge = this.#judge();
    const reply = await this.#ask(judge, gradeBody(judge.model, rubric, answer));
    const grade = gradeOf(reply);
    if (grade === null) throw new Error('the judge gave no grade');
    return grade;
  }

  async best(criteria: string, answers: readonly string[]): Promise<number | null> {
    const judge = this.#judge();
    const there = answers.map((_, index) => index);
    const choices: (number | undefined)[] = [];
    for (const order of [there, there.toReversed()]) {
      const place = bestIn(
        await this.#ask(judge, bestBody(judge.model, criteria, answers, order)),
        answers.length,
      );
      if (place === null) throw new Error('the judge named none of the answers');
      choices.push(order[place]);
    }
    const [one, other] = choices;
    return one !== undefined && one === other ? one : null;
  }

  #judge(): JudgeChoice {
    const { judge } = this.#options;
    if (judge === null) throw new Error('there is no judge: add --judge openai:MODEL or anthropic:MODEL');
    return judge;
  }

  async #ask(judge: JudgeChoice, body: JsonObject): Promise<string> {
    const key = `grade-${this.#file.size}`;
    const task: ReplayTask = {
      key,
      promptId: key,
      target: judge.model,
      turn: 0,
      api: judge.api,
      path: judge.api === 'anthropic' ? '/v1/messages' : '/v1/chat/completions',
      headers: judge.api === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {},
      body,
    };
    assertAffordable([this.#bench.costOf(task, 0, 0)], this.#options.mostNanoUsd, this.#spentNanoUsd);
    await this.#bench.run([task], this.#file, 1);
    const result = this.#file.result(key);
    this.#spentNanoUsd += result?.costNanoUsd ?? 0;
    if (result?.error !== null) throw new Error(`the judge failed: ${result?.error}`);
    return answerContent(result.answer)?.text ?? '';
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
