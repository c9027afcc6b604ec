// A whole completion (OpenAI and compatible servers) as a Messages answer (Anthropic).

import { asArray, asObject, asText, type JsonObject, parseJson } from '../protocols/json-value.ts';
import { callIdOf } from './call-id.ts';
import { isFailure, stopDetails, stopReason, untranslatableAnswer } from './endings.ts';
import { FOREIGN_SIGNATURE } from './reasoning.ts';
import type { ToolNames } from './tool-names.ts';
import type { AnswerContext } from './translator.ts';
import { MESSAGE_USAGE_REST, usageToMessages } from './usage.ts';

export function completionToMessage(completion: JsonObject, { wish }: AnswerContext): JsonObject {
  const choices = asArray(completion.choices);
  const choice = asObject(choices[0]);
  const message = asObject(choice?.message);
  if (choice === null || message === null || choices.length > 1)
    throw untranslatableAnswer('it is not one completion');
  const { text, thought } = spoken(message);
  const refusal = asText(message.refusal);
  const calls = asArray(message.tool_calls).map((call, index) =>
    toolUse(call, completion.id, index, wish.toolNames),
  );
  if (asObject(message.function_call) !== null) throw untranslatableAnswer('it calls a function the old way');
  const words = text + (refusal ?? '');
  const content = [
    ...(thought === '' || !wish.thoughts
      ? []
      : [{ type: 'thinking', thinking: thought, signature: FOREIGN_SIGNATURE }]),
    ...(words === '' ? [] : [{ type: 'text', text: words, citations: null }]),
    ...calls,
  ];
  const finish = asText(choice.finish_reason) ?? 'stop';
  if (isFailure(finish)) throw untranslatableAnswer(`it ended with the word "${finish}"`);
  const stop_reason = stopReason(finish, calls.length > 0, refusal !== null);
  return {
    ...messageHead(completion),
    content,
    stop_reason,
    stop_sequence: null,
    stop_details: stopDetails(stop_reason),
    usage: { ...MESSAGE_USAGE_REST, ...usageToMessages(usageOf(completion)) },
  };
}

export function messageHead(completion: JsonObject): JsonObject {
  return {
    id: completion.id ?? null,
    type: 'message',
    role: 'assistant',
    model: completion.model ?? null,
    container: null,
    diagnostics: null,
  };
}

/** Groq tells it under a name of its own too. */
export function usageOf(document: JsonObject): JsonObject | null {
  return asObject(document.usage) ?? asObject(asObject(document.x_groq)?.usage);
}

/** Words and thoughts of a message or a delta, as OpenAI, DeepSeek (`reasoning_content`), Groq and Mistral write them. */
export function spoken(message: JsonObject): { readonly text: string; readonly thought: string } {
  let text = asText(message.content) ?? '';
  let thought = asText(message.reasoning_content) ?? asText(message.reasoning) ?? '';
  for (const value of asArray(message.content)) {
    const part = asObject(value) ?? {};
    if (part.type === 'text') text += asText(part.text) ?? '';
    else if (part.type === 'thinking')
      thought += asArray(part.thinking)
        .map((piece) => asText(asObject(piece)?.text) ?? '')
        .join('');
    else throw untranslatableAnswer(`its content has a part of type "${part.type}"`);
  }
  return { text, thought };
}

function toolUse(value: unknown, completionId: unknown, index: number, names: ToolNames): JsonObject {
  const call = asObject(value) ?? {};
  const called = asObject(call.function);
  const name = asText(called?.name);
  if (name === null) throw untranslatableAnswer(`its call ${index} of a tool has no name`);
  const text = argumentsOf(called).trim();
  const input = text === '' ? {} : asObject(parseJson(text));
  if (input === null) throw untranslatableAnswer(`the arguments of its call of ${name} are no JSON object`);
  return {
    type: 'tool_use',
    id: callIdOf(call, completionId, index),
    name: names.original(name),
    input,
    caller: { type: 'direct' },
  };
}

/** Some servers give them as an object. */
export function argumentsOf(called: JsonObject | null): string {
  const told = called?.arguments;
  if (typeof told === 'string') return told;
  return asObject(told) === null ? '' : JSON.stringify(told);
}
