// Why an answer ended, in both vocabularies, and what cannot be told in the other.

import { TokenWatchError } from '../../core/errors.ts';
import { isFailedFinish } from '../../protocols/meters/failed-finish.ts';

export function untranslatableAnswer(what: string): TokenWatchError {
  return new TokenWatchError(
    'answer_not_translatable',
    `The upstream's answer cannot be translated to the client's API: ${what}.`,
  );
}

/** More than any model writes in one go; to translate it would keep others waiting. */
const EVENT_CHARACTERS_MAX = 2 * 1024 * 1024;

/** Throws where an event is too large to be translated. */
export function boundEvent(data: string): void {
  if (data.length > EVENT_CHARACTERS_MAX)
    throw untranslatableAnswer(`an event in it has more than ${EVENT_CHARACTERS_MAX} characters`);
}

const TO_FINISH: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // A tool of Anthropic's side takes long: the client may ask again, as after any answer.
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** Some servers end with `end_turn` although tools were called, others with a word of their own: what was called decides. */
export function finishReason(stop: unknown, hasCalls: boolean): string {
  const word = typeof stop === 'string' && Object.hasOwn(TO_FINISH, stop) ? TO_FINISH[stop] : undefined;
  if (word !== undefined && stop !== 'end_turn' && stop !== 'tool_use') return word;
  return hasCalls ? 'tool_calls' : 'stop';
}

/** Of OpenAI, and of compatible servers, in lower case. */
const TO_STOP: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  max_tokens: 'max_tokens',
  max_output_tokens: 'max_tokens',
  max_length: 'max_tokens',
  token_limit: 'max_tokens',
  // vLLM: it turned in circles.
  repetition: 'max_tokens',
  // Mistral.
  model_length: 'max_tokens',
  // DeepSeek: its server had to end it.
  insufficient_system_resource: 'max_tokens',
  tool_calls: 'tool_use',
  tool_call: 'tool_use',
  tool_use: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
  content_filtered: 'refusal',
  // Z.ai.
  sensitive: 'refusal',
  // Gemini.
  safety: 'refusal',
  recitation: 'refusal',
  prohibited_content: 'refusal',
  blocklist: 'refusal',
  spii: 'refusal',
  image_safety: 'refusal',
  // Bedrock.
  guardrail_intervened: 'refusal',
  refusal: 'refusal',
  model_context_window_exceeded: 'model_context_window_exceeded',
};

/** Whether a text is a word for an ending, and no text that ended one. */
export function isEnding(text: string): boolean {
  return Object.hasOwn(TO_STOP, text.toLowerCase()) || Object.hasOwn(TO_FINISH, text);
}

/** Whether the server says by its finish word that the answer is none; Gemini, that it holds a call that is none. */
export function isFailure(finish: string): boolean {
  return isFailedFinish(finish) || finish.toLowerCase() === 'malformed_function_call';
}

/** The same towards Anthropic's words. */
export function stopReason(finish: string, hasCalls: boolean, isRefused: boolean): string {
  const name = finish.toLowerCase();
  const word = (Object.hasOwn(TO_STOP, name) ? TO_STOP[name] : undefined) ?? 'end_turn';
  // Nothing was called although it says so: then there is nothing to wait for.
  if (word === 'tool_use') return hasCalls ? word : 'end_turn';
  if (word !== 'end_turn') return word;
  if (hasCalls) return 'tool_use';
  return isRefused ? 'refusal' : word;
}

export const stopDetails = (reason: string): unknown =>
  reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null;
