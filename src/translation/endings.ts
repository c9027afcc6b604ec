// Why an answer ended, in both vocabularies, and what cannot be told in the other.

import { TokenWatchError } from '../core/errors.ts';

export function untranslatableAnswer(what: string): TokenWatchError {
  return new TokenWatchError(
    'answer_not_translatable',
    `The upstream's answer cannot be translated to the client's API: ${what}.`,
  );
}

const TO_FINISH: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

export function finishReason(stopReason: unknown): string {
  const word = TO_FINISH[String(stopReason)];
  if (word === undefined) throw untranslatableAnswer(`it ended for the reason "${stopReason}"`);
  return word;
}

/** Of OpenAI, and of compatible servers (z.ai: sensitive; Mistral: model_length). */
const TO_STOP: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  model_length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  sensitive: 'refusal',
  model_context_window_exceeded: 'model_context_window_exceeded',
};

/** Some servers end with `stop` although tools were called: what was called decides. */
export function stopReason(finish: string, hasCalls: boolean, isRefused: boolean): string {
  const word = TO_STOP[finish];
  if (word === undefined) throw untranslatableAnswer(`it ended for the reason "${finish}"`);
  if (word !== 'end_turn') return word;
  if (hasCalls) return 'tool_use';
  return isRefused ? 'refusal' : word;
}

export const stopDetails = (reason: string): unknown =>
  reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null;
