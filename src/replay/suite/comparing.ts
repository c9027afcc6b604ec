// Assertions that choose among the answers to one test, of several prompts or providers: the chosen one holds, the
// others do not, as promptfoo has it.

import { asObject } from '../../protocols/json/json-value.ts';
import type { AssertionDefinition, AssertionHelp, AssertionOutcome } from './assertion.ts';
import { textOf } from './kind.ts';

export const COMPARING: ReadonlySet<string> = new Set(['select-best', 'max-score']);

export interface Compared {
  readonly text: string;
  /** Of its other assertions. */
  readonly outcomes: readonly AssertionOutcome[];
}

/** For each answer what comes of the assertion. */
export async function compareAnswers(
  definition: AssertionDefinition,
  answers: readonly Compared[],
  help: Pick<AssertionHelp, 'best'>,
): Promise<readonly AssertionOutcome[]> {
  const { type, isNegated, weight, metric } = definition;
  const name = isNegated ? `not-${type}` : type;
  const outcome = (isPassed: boolean, reason: string): AssertionOutcome => ({
    type: name,
    isPassed,
    score: Number(isPassed),
    reason,
    weight,
    metric,
  });
  try {
    const { chosen, reason } =
      type === 'max-score' ? highest(definition.value, answers) : await best(definition, answers, help);
    // Where none is chosen, the opposite is not shown either.
    return answers.map((_, index) => outcome(chosen !== null && (index === chosen) !== isNegated, reason));
  } catch (error) {
    const reason = `it could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    return answers.map(() => outcome(false, reason));
  }
}

interface Choice {
  /** Null where none is the best. */
  readonly chosen: number | null;
  readonly reason: string;
}

async function best(
  { value }: AssertionDefinition,
  answers: readonly Compared[],
  help: Pick<AssertionHelp, 'best'>,
): Promise<Choice> {
  if (answers.length < 2) throw new Error('there is one answer, and nothing to compare it with');
  const texts = answers.map(({ text }) => text);
  const chosen = await help.best(textOf(value), texts);
  return {
    chosen,
    reason:
      chosen === null
        ? 'the judge chose another one when it was asked in the other order'
        : `the judge chose answer ${chosen + 1} of ${answers.length}, in both orders`,
  };
}

/** By the scores of the other assertions; the first of those that share the highest. */
function highest(value: unknown, answers: readonly Compared[]): Choice {
  const { method, weights, threshold } = asObject(value) ?? {};
  const weightOf = (type: string): number => {
    const given = asObject(weights)?.[type];
    return typeof given === 'number' ? given : 1;
  };
  const scores = answers.map(({ outcomes }) => {
    const parts = outcomes.map(({ type, score }) => ({ weight: weightOf(type), score }));
    const sum = parts.reduce((all, part) => all + part.score * part.weight, 0);
    const all = parts.reduce((sumOfWeights, { weight }) => sumOfWeights + weight, 0);
    return method === 'sum' ? sum : all === 0 ? 0 : sum / all;
  });
  const most = Math.max(...scores);
  const told = scores.map((score) => score.toFixed(2)).join(', ');
  if (typeof threshold === 'number' && most < threshold)
    return { chosen: null, reason: `the highest of the scores ${told} is below ${threshold}` };
  return { chosen: scores.indexOf(most), reason: `the scores of the answers are ${told}` };
}
