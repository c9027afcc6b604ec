// Holds an answer against all that a test asserts.

import type { AssertedAnswer, AssertionDefinition, AssertionHelp, AssertionOutcome } from './assertion.ts';
import { KINDS } from './assertion-kinds.ts';
import { COMPARING } from './comparing.ts';

export interface TestVerdict {
  readonly isPassed: boolean;
  /** The assertions' mean by weight. */
  readonly score: number;
  readonly outcomes: readonly AssertionOutcome[];
}

/** `threshold`: with it the mean decides, without it every assertion must hold. */
export async function checkAnswer(
  answer: AssertedAnswer,
  definitions: readonly AssertionDefinition[],
  threshold: number | null,
  help: AssertionHelp,
): Promise<TestVerdict> {
  return verdictOf(await outcomesOf(answer, definitions, help), threshold);
}

/** Of all that one answer tells by itself: what compares several comes later. */
export async function outcomesOf(
  answer: AssertedAnswer,
  definitions: readonly AssertionDefinition[],
  help: AssertionHelp,
): Promise<readonly AssertionOutcome[]> {
  const outcomes: AssertionOutcome[] = [];
  for (const definition of definitions)
    if (!COMPARING.has(definition.type)) outcomes.push(await outcomeOf(answer, definition, help));
  return outcomes;
}

export function verdictOf(outcomes: readonly AssertionOutcome[], threshold: number | null): TestVerdict {
  const weights = outcomes.reduce((sum, { weight }) => sum + weight, 0);
  const score =
    weights === 0 ? 1 : outcomes.reduce((sum, each) => sum + each.score * each.weight, 0) / weights;
  // What has no weight is a figure, not a condition.
  const isPassed =
    threshold === null ? outcomes.every((each) => each.isPassed || each.weight === 0) : score >= threshold;
  return { isPassed, score, outcomes };
}

async function outcomeOf(
  answer: AssertedAnswer,
  definition: AssertionDefinition,
  help: AssertionHelp,
): Promise<AssertionOutcome> {
  const { type, isNegated, weight, metric, threshold, inner } = definition;
  const name = isNegated ? `not-${type}` : type;
  if (type === 'assert-set') {
    const { isPassed, score, outcomes } = await checkAnswer(answer, inner, threshold, help);
    const reason = outcomes
      .filter((each) => !each.isPassed)
      .map((each) => `${each.type}: ${each.reason}`)
      .join('; ');
    return {
      type: name,
      isPassed,
      score,
      reason: reason === '' ? 'all of the set hold' : reason,
      weight,
      metric,
    };
  }
  try {
    const found = await KINDS[type]?.check(answer, definition, help);
    if (found === undefined) throw new Error('no such assertion');
    const isPassed = found.isPassed !== isNegated;
    return {
      type: name,
      isPassed,
      score: isNegated ? Number(isPassed) : found.score,
      reason: found.reason,
      weight,
      metric,
    };
  } catch (error) {
    // What could not be checked does not hold, not even turned round.
    const reason = `it could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    return { type: name, isPassed: false, score: 0, reason, weight, metric };
  }
}
