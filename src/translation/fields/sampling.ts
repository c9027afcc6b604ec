// Temperature, top_p and top_k, which the APIs call the same, and which not every model takes.

import type { JsonObject } from '../../protocols/json/json-value.ts';
import type { Fields } from './fields.ts';

/** Of both, in both APIs: the same as saying nothing. */
const STANDARD = 1;
/** The most that Anthropic's API takes. */
const CLAUDE_TEMPERATURE_MAX = 1;

/** OpenAI's models that reason, which refuse another value than the standard. First match wins. */
const REASONING: readonly (readonly [RegExp, boolean])[] = [
  [/^(?:chatgpt|gpt-5(?:-\d)?-chat)/, false],
  [/^(?:o\d|gpt-[5-9]|codex)/, true],
];
/** Claude models that take one of the first two, and those that take none of the three. */
const EITHER = /claude-(?:(?:opus-4-[1-6]|sonnet-4-[5-9]|haiku-4-[5-9])(?!\d))/;
const NONE = /claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-[5-9])(?!\d)/;

/** One of OpenAI's models that reason. Most of them take no `stop` either. */
export function isReasoningModel(model: string): boolean {
  return REASONING.find(([pattern]) => pattern.test(model))?.[1] === true;
}

export function samplingToChat(request: Fields, model: string): JsonObject {
  const { temperature, top_p } = given(request);
  return isReasoningModel(model) ? {} : { temperature, top_p };
}

/** `thinks` where the model is asked to: then it takes none of them. */
export function samplingToMessages(request: Fields, model: string, thinks: boolean): JsonObject {
  const { temperature, top_p } = given(request);
  const top_k = request.take('top_k');
  if (typeof temperature === 'number' && temperature > CLAUDE_TEMPERATURE_MAX)
    request.refuse(
      'temperature',
      `${temperature} is above ${CLAUDE_TEMPERATURE_MAX}, the most that Anthropic’s API takes`,
    );
  if (thinks || NONE.test(model)) return {};
  return temperature !== undefined && EITHER.test(model)
    ? { temperature, top_k }
    : { temperature, top_p, top_k };
}

function given(request: Fields): { readonly temperature: unknown; readonly top_p: unknown } {
  const told = (name: string): unknown => {
    const value = request.take(name);
    return value === STANDARD ? undefined : value;
  };
  return { temperature: told('temperature'), top_p: told('top_p') };
}
