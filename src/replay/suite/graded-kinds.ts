// Assertions that a judge decides, by a rubric each.

import type { AssertionHelp } from './assertion.ts';
import { type Kind, textOf, type Verdict, verdict } from './kind.ts';

async function graded(
  help: AssertionHelp,
  rubric: string,
  answer: string,
  threshold: number | null,
): Promise<Verdict> {
  const grade = await help.grade(rubric, answer);
  // With a threshold the score decides, as promptfoo has it for all but llm-rubric.
  const isPassed = threshold === null ? grade.isPassed : grade.score >= threshold;
  return verdict(isPassed, `the judge: ${grade.reason}`, grade.score);
}

export const llmRubric: Kind = async ({ content }, { value, threshold }, help) => {
  const grade = await help.grade(textOf(value), content.text);
  const isPassed = grade.isPassed && (threshold === null || grade.score >= threshold);
  return verdict(isPassed, `the judge: ${grade.reason}`, grade.score);
};

export const factuality: Kind = (answer, definition, help) =>
  llmRubric(
    answer,
    {
      ...definition,
      value: `The answer agrees in every fact with this reference, and contradicts none of it: ${textOf(definition.value)}`,
    },
    help,
  );

export const closedQuestion: Kind = (answer, definition, help) =>
  llmRubric(
    answer,
    { ...definition, value: `The answer meets this criterion: ${textOf(definition.value)}` },
    help,
  );

const G_EVAL_THRESHOLD = 0.7;

/** Each criterion by itself; the mean decides. */
export const gEval: Kind = async ({ content }, { value, threshold }, help) => {
  const criteria = Array.isArray(value) ? value.map(textOf) : [textOf(value)];
  if (criteria.length === 0) throw new Error('it has no criterion');
  const grades = [];
  for (const criterion of criteria)
    grades.push(
      await help.grade(
        `${criterion}\nThink of what this takes, step by step, before you score.`,
        content.text,
      ),
    );
  const score = grades.reduce((sum, grade) => sum + grade.score, 0) / grades.length;
  const least = threshold ?? G_EVAL_THRESHOLD;
  const reasons = grades.map(({ reason }) => reason).join('; ');
  return verdict(score >= least, `the judge: ${score.toFixed(2)} of ${least}: ${reasons}`, score);
};

export const answerRelevance: Kind = ({ content, question }, { threshold }, help) =>
  graded(
    help,
    `The answer is about what was asked, all of it and nothing else. What was asked: ${question}`,
    content.text,
    threshold,
  );

/** Of answers from documents that were looked up: the variable `context` holds those, `query` the question. */
export const contextFaithfulness: Kind = ({ content, variables }, { threshold }, help) =>
  graded(
    help,
    `Every claim of the answer is supported by this context: ${textOf(variables.context)}`,
    content.text,
    threshold,
  );

export const contextRecall: Kind = ({ variables }, { value, threshold }, help) =>
  graded(
    help,
    `The text holds everything that this statement says: ${textOf(value)}`,
    textOf(variables.context),
    threshold,
  );

export const contextRelevance: Kind = ({ question, variables }, { threshold }, help) =>
  graded(
    help,
    `The text is what it takes to answer this question, and nothing else: ${textOf(variables.query ?? question)}`,
    textOf(variables.context),
    threshold,
  );
