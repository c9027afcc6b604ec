// Fills in what the provider did not report: the provider's parts stay, the rest is counted by the tokenizer.

import type { TokenEstimator } from '../core/journal.ts';
import type { MeterReading } from '../core/protocol.ts';
import { allInputTokens, NO_USAGE, totalUsage, type UsageRun } from '../core/usage.ts';

export interface EstimateQuestion {
  readonly reading: MeterReading;
  /** Of a very long one, its beginning. */
  readonly promptText: string;
  readonly promptCharacters: number;
  readonly generatedText: string;
  readonly model: string | null;
  /** What was generated at least, as far as whoever pays for it must assume. */
  readonly outputTokensMin: number;
}

/**
 * One run: input as reported, or counted; output as reported where the answer is whole, otherwise as reported or
 * counted, whichever is more.
 */
export async function estimateUsage(
  question: EstimateQuestion,
  estimator: TokenEstimator,
): Promise<readonly UsageRun[]> {
  const { reading, model } = question;
  const reported = totalUsage(reading.runs);
  const generated = await estimator.count(question.generatedText, model);
  const inputIsReported = allInputTokens(reported) > 0;
  const inputTokens = inputIsReported
    ? reported.inputTokens
    : await estimator.count(question.promptText, model, question.promptCharacters);
  const isTold = reading.usageIsFinal && reported.outputTokens > 0;
  const first = reading.runs[0];
  return [
    {
      kind: 'message',
      model: null,
      usage: {
        ...NO_USAGE,
        ...reported,
        inputTokens,
        outputTokens: isTold
          ? reported.outputTokens
          : Math.max(reported.outputTokens, generated, question.outputTokensMin),
      },
      serviceTier: first?.serviceTier ?? null,
      speed: first?.speed ?? null,
      inferenceGeo: first?.inferenceGeo ?? null,
      ...(reading.runs.some(({ isSum }) => isSum) && { isSum: true as const }),
    },
  ];
}
