// Lets a judge grade stored answers of an A/B test's variants. A run that is broken off goes on where it was, and pays
// for nothing twice.

import type { ItemFacts } from '../archive/ports.ts';
import { isSuccess } from '../core/outcome.ts';
import { answerContent } from '../protocols/answer-content.ts';
import { promptTurns } from '../protocols/requests/prompt-turns.ts';
import { gradeIn, gradeTasks } from './answer-grade.ts';
import { Draw } from './draw.ts';
import type { JudgeChoice } from './judge.ts';
import { type Bench, type RunTerms, runUnpaid } from './paid-run.ts';
import type { PromptSource } from './prompt-source.ts';
import type { TaskCost } from './replay-money.ts';
import type { ResultFile } from './replay-result.ts';
import type { ReplayTask } from './replay-task.ts';

export interface GradingOptions extends RunTerms {
  readonly experiment: string;
  /** Of answers of an earlier test of the name nothing is known. */
  readonly sinceMs: number;
  readonly judge: JudgeChoice;
  readonly rubric: string | null;
  /** So many answers of each variant, always the same ones. */
  readonly sample: number;
}

interface PlannedAnswer {
  readonly facts: ItemFacts;
  readonly costs: readonly [TaskCost, TaskCost];
}

export interface PlannedGrading {
  readonly answers: readonly PlannedAnswer[];
  /** Good answers of the test that consist of calls of tools: nothing a judge could read. */
  readonly withoutText: number;
}

export interface GradedVariant {
  readonly variant: string;
  readonly answers: number;
  readonly meanGrade: number;
}

export interface Grading {
  readonly grades: readonly { readonly id: string; readonly variant: string; readonly grade: number }[];
  readonly variants: readonly GradedVariant[];
  /** Replies without a grade, and requests that failed. */
  readonly undecided: number;
  /** How often the grade was the same with the scale turned round, 0 to 1; null without one. */
  readonly agreement: number | null;
}

export async function planGrading(
  source: PromptSource,
  options: GradingOptions,
  bench: Pick<Bench, 'costOf'>,
): Promise<PlannedGrading> {
  const draw = new Draw();
  for await (const facts of source.items({ fromMs: options.sinceMs })) {
    const isGood = isSuccess(facts.outcome) && (facts.status ?? 0) < 400;
    if (isGood && facts.experiment === options.experiment) draw.add(facts);
  }
  const answers: PlannedAnswer[] = [];
  const taken = new Map<string, number>();
  let withoutText = 0;
  for (const facts of draw.drawn()) {
    const { variant = '' } = facts;
    const had = taken.get(variant) ?? 0;
    if (had >= options.sample) continue;
    const content = await source.content(facts.id);
    const answer = answerContent(content.answer)?.text ?? '';
    if (answer.trim() === '') {
      withoutText += 1;
      continue;
    }
    taken.set(variant, had + 1);
    const question = promptTurns(content.request).findLast(({ role }) => role === 'user')?.text ?? '';
    const [up, down] = gradeTasks(options.judge, options.rubric, { promptId: facts.id, question, answer });
    answers.push({ facts, costs: [bench.costOf(up, 0, 0), bench.costOf(down, 0, 0)] });
  }
  return { answers, withoutText };
}

export const costsOf = ({ answers }: PlannedGrading): TaskCost[] => answers.flatMap(({ costs }) => costs);

/** Asks what has not been asked yet. Throws where it does not fit the money. */
export async function runGrading(
  planned: PlannedGrading,
  options: GradingOptions,
  bench: Bench,
  file: ResultFile,
  tell: (line: string) => void,
): Promise<Grading> {
  await runUnpaid(costsOf(planned), options, bench, file, tell);
  return gradingOf(planned, file);
}

function gradingOf({ answers }: PlannedGrading, file: ResultFile): Grading {
  const replied = ({ task }: { readonly task: ReplayTask }): number | null =>
    gradeIn(answerContent(file.done(task.key)?.answer)?.text ?? '');
  const graded = answers.flatMap(({ facts, costs: [up, down] }) => {
    const [one, other] = [replied(up), replied(down)];
    if (one === null || other === null) return [];
    const grade = (one + other) / 2;
    return [{ id: facts.id, variant: facts.variant ?? '', grade, isAgreed: one === other }];
  });
  const variants = [...Map.groupBy(graded, ({ variant }) => variant)].map(([variant, all]) => ({
    variant,
    answers: all.length,
    meanGrade: all.reduce((sum, { grade }) => sum + grade, 0) / all.length,
  }));
  return {
    grades: graded.map(({ id, variant, grade }) => ({ id, variant, grade })),
    variants: variants.sort((one, other) => (one.variant < other.variant ? -1 : 1)),
    undecided: answers.length - graded.length,
    agreement: graded.length === 0 ? null : graded.filter(({ isAgreed }) => isAgreed).length / graded.length,
  };
}
