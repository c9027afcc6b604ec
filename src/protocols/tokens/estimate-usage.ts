// Fills in what the provider did not report: the provider's parts stay, the rest is counted by the tokenizer.

import type { TokenEstimator } from '../../core/journal.ts';
import type { MeterReading } from '../../core/protocol.ts';
import { allInputTokens, NO_USAGE, totalUsage, type UsageRun } from '../../core/usage.ts';
import { LARGE_BYTES } from '../json/large-document.ts';
import { readJsonText } from '../json/lenient-json.ts';
import { promptTextOf, promptTokenIds } from '../requests/prompt-text.ts';

export interface EstimateQuestion {
  readonly reading: MeterReading;
  readonly prompt: Prompt;
  readonly generatedText: string;
  readonly model: string | null;
  /** What was generated at least, as far as whoever pays for it must assume. */
  readonly outputTokensMin: number;
}

/** What the model was to read: a text (of a very long one, its beginning), or the large body that holds it. */
export type Prompt =
  | { readonly text: string; readonly characters: number; readonly tokenIds?: number }
  | { readonly body: Uint8Array };

/** A large one is parsed where its tokens are counted. */
export function promptIn(body: Buffer | null): Prompt {
  if (body !== null && body.length > LARGE_BYTES) return { body };
  const document = body === null ? undefined : readJsonText(body)?.document;
  const text = promptTextOf(document);
  return { text, characters: text.length, tokenIds: promptTokenIds(document) };
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
    : await countPrompt(question.prompt, model, estimator);
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

async function countPrompt(prompt: Prompt, model: string | null, estimator: TokenEstimator): Promise<number> {
  if ('body' in prompt) return estimator.countPrompt(prompt.body, model);
  const { text, characters, tokenIds = 0 } = prompt;
  return tokenIds + (text === '' ? 0 : await estimator.count(text, model, characters));
}
