// What is counted of a request whose answer does not tell what it used.

import type { MeterReading } from '../core/protocol.ts';
import type { RequestEnd } from '../core/record.ts';
import { type EstimateQuestion, type Prompt, promptIn } from '../protocols/tokens/estimate-usage.ts';
import type { Call } from './call.ts';

interface Answered extends Pick<Call, 'body' | 'modelThere'> {
  readonly tap: { generatedText(): string } | null;
  readonly ticket: { readonly outputTokensMax: number | null } | null;
}

export function estimateQuestion(
  { body, modelThere, tap, ticket }: Answered,
  outcome: RequestEnd['outcome'],
  reading: MeterReading,
): EstimateQuestion {
  return {
    reading,
    prompt: promptOf(body),
    generatedText: tap?.generatedText() ?? '',
    model: reading.model ?? modelThere,
    outputTokensMin: outcome === 'cut' ? (ticket?.outputTokensMax ?? 0) : 0,
  };
}

function promptOf(body: Call['body']): Prompt {
  const digest = body?.digest?.prompt ?? null;
  if (digest !== null) return { text: digest.beginning, characters: digest.characters };
  return promptIn(body?.text ?? null);
}
