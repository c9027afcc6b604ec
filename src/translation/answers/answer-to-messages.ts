// A whole completion (OpenAI and compatible servers) as a Messages answer (Anthropic).

import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import { FOREIGN_SIGNATURE } from '../fields/reasoning.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import type { AnswerContext } from '../translator.ts';
import { CallIds, idText } from '../turns/call-id.ts';
import { callInput, isWholeInput } from '../turns/call-input.ts';
import { isEnding, isFailure, stopDetails, stopReason, untranslatableAnswer } from './endings.ts';
import { StopTexts } from './stop-texts.ts';
import { MESSAGE_USAGE_REST, usageToMessages } from './usage.ts';

export function completionToMessage(completion: JsonObject, { wish }: AnswerContext): JsonObject {
  const choices = asArray(completion.choices);
  const choice = asObject(choices[0]);
  const message = asObject(choice?.message);
  if (choice === null || message === null || choices.length > 1)
    throw untranslatableAnswer('it is not one completion');
  const { text, thought } = spoken(message);
  const finish = asText(choice.finish_reason) ?? 'stop';
  if (isFailure(finish)) throw untranslatableAnswer(`it ended with the word "${finish}"`);
  const refusal = asText(message.refusal);
  const stops = new StopTexts(wish.stops);
  const written = stops.take(text) + stops.rest();
  const ids = new CallIds(wish.callIds);
  const calls = (stops.found === null ? wholeCalls(message, finish) : []).map((call, index) =>
    toolUse(call, (told) => ids.fresh(told, completion.id, index), index, wish.toolNames),
  );
  const said = written + (refusal ?? '');
  const words = calls.length > 0 && said.trim() === '' ? '' : said;
  const content = [
    ...(thought === '' || !wish.thoughts
      ? []
      : [{ type: 'thinking', thinking: thought, signature: FOREIGN_SIGNATURE }]),
    ...(words === '' ? [] : [{ type: 'text', text: words, citations: null }]),
    ...calls,
  ];
  const stop_sequence = stops.found ?? stoppedBy(choice);
  const reason = stops.found === null ? stopReason(finish, calls.length > 0, refusal !== null) : 'end_turn';
  const stop_reason = stop_sequence !== null && reason === 'end_turn' ? 'stop_sequence' : reason;
  return {
    ...messageHead(completion),
    content,
    stop_reason,
    stop_sequence,
    stop_details: stopDetails(stop_reason),
    usage: { ...MESSAGE_USAGE_REST, ...usageToMessages(usageOf(completion)) },
  };
}

export function messageHead(completion: JsonObject): JsonObject {
  return {
    id: idText(completion.id),
    type: 'message',
    role: 'assistant',
    model: idText(completion.model),
    container: null,
    diagnostics: null,
  };
}

/** The calls of a message, also one of the old way; without a last one that the bound on tokens cut off. */
function wholeCalls(message: JsonObject, finish: string): readonly unknown[] {
  const old = asObject(message.function_call);
  const told = asArray(message.tool_calls);
  const calls =
    told.length === 0 && old !== null ? [{ function: old }] : told.filter((call) => !isFiller(call));
  const isCut = stopReason(finish, true, false) === 'max_tokens';
  const last = asObject(asObject(calls.at(-1))?.function);
  return isCut && !isWholeInput(argumentsOf(last)) ? calls.slice(0, -1) : calls;
}

/** Some servers fill the place of calls where there are none. */
function isFiller(call: unknown): boolean {
  const called = asObject(asObject(call)?.function);
  return called?.name === '' && argumentsOf(called) === '';
}

/** By which sequence, where the server tells (vLLM, SGLang). */
export function stoppedBy(choice: JsonObject): string | null {
  const told = asText(choice.stop_reason) ?? asText(choice.matched_stop);
  return told === null || isEnding(told) ? null : told;
}

/** Groq tells it under a name of its own too. */
export function usageOf(document: JsonObject): JsonObject | null {
  const told = asObject(document.usage) ?? asObject(asObject(document.x_groq)?.usage);
  if (told !== null) return told;
  // Moonshot's place for it.
  const inChoices = asArray(document.choices).map((choice) => asObject(asObject(choice)?.usage));
  return inChoices.findLast((usage) => usage !== null) ?? null;
}

/** Words and thoughts of a message or a delta, as OpenAI, DeepSeek (`reasoning_content`), Groq and Mistral write them. */
export function spoken(message: JsonObject): { readonly text: string; readonly thought: string } {
  if (asArray(message.images).length > 0) throw untranslatableAnswer('its model has drawn a picture');
  if (asObject(message.audio) !== null) throw untranslatableAnswer('its model has spoken');
  let text = asText(message.content) ?? '';
  let thought = asText(message.reasoning_content) ?? asText(message.reasoning) ?? listedThoughts(message);
  for (const value of asArray(message.content)) {
    const part = asObject(value) ?? {};
    if (part.type === 'text' || part.type === 'output_text') text += asText(part.text) ?? '';
    else if (part.type === 'refusal') text += asText(part.refusal) ?? '';
    else if (part.type === 'thinking')
      thought += asArray(part.thinking)
        .map((piece) => asText(asObject(piece)?.text) ?? '')
        .join('');
    // Mistral's marks of what it quotes.
    else if (part.type !== 'reference')
      throw untranslatableAnswer(`its content has a part of type "${part.type}"`);
  }
  return { text, thought };
}

/** OpenRouter's and LiteLLM's lists, where they come alone. */
function listedThoughts(message: JsonObject): string {
  const listed = [...asArray(message.reasoning_details), ...asArray(message.thinking_blocks)].map(asObject);
  return listed
    .map((part) => asText(part?.text) ?? asText(part?.summary) ?? asText(part?.thinking) ?? '')
    .join('');
}

function toolUse(
  value: unknown,
  idOf: (call: JsonObject) => string,
  index: number,
  names: ToolNames,
): JsonObject {
  const call = asObject(value) ?? {};
  const called = asObject(call.function);
  const name = asText(called?.name);
  if (name === null) throw untranslatableAnswer(`its call ${index} of a tool has no name`);
  const input = callInput(argumentsOf(called));
  return {
    type: 'tool_use',
    id: idOf(call),
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
