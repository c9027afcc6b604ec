// What an answer says, whatever its protocol: for people who read it, and for code that compares two answers.

import { asArray, asObject, asText, type JsonObject, parseJson } from './json/json-value.ts';
import { errorIn } from './meters/error-inside.ts';

export interface ToolCall {
  readonly name: string;
  /** Parsed; the text itself where it is no JSON. */
  readonly arguments: unknown;
}

export interface AnswerContent {
  readonly text: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string | null;
  /** Whether the provider says that the model, or a filter, declined. */
  readonly isRefusal: boolean;
  /** Null for what is no error. */
  readonly error: string | null;
}

const NOTHING: AnswerContent = {
  text: '',
  thinking: '',
  toolCalls: [],
  finishReason: null,
  isRefusal: false,
  error: null,
};
const REFUSALS = new Set(['refusal', 'content_filter']);

/** Null for a document that is no answer of a known form. */
export function answerContent(value: unknown): AnswerContent | null {
  const document = asObject(value);
  if (document === null) return null;
  const error = asObject(errorIn(document));
  if (error !== null) return { ...NOTHING, error: asText(error.message) ?? asText(error.type) ?? 'error' };
  if (document.type === 'message') return messageContent(document);
  if (Array.isArray(document.choices)) return choiceContent(document);
  if (Array.isArray(document.output)) return responseContent(document);
  return null;
}

function messageContent(message: JsonObject): AnswerContent {
  const blocks = asArray(message.content).map((block) => asObject(block) ?? {});
  const finishReason = asText(message.stop_reason);
  return {
    ...NOTHING,
    text: join(blocks.map((block) => (block.type === 'text' ? block.text : null))),
    thinking: join(blocks.map((block) => block.thinking)),
    toolCalls: blocks
      .filter((block) => block.type === 'tool_use' || block.type === 'server_tool_use')
      .map((block) => ({ name: asText(block.name) ?? '', arguments: block.input ?? null })),
    finishReason,
    isRefusal: REFUSALS.has(finishReason ?? ''),
  };
}

/** The first choice: the others are other answers. */
function choiceContent(completion: JsonObject): AnswerContent {
  const choice = asObject(asArray(completion.choices)[0]) ?? {};
  const message = asObject(choice.message) ?? {};
  const finishReason = asText(choice.finish_reason);
  const refusal = asText(message.refusal);
  const old = asObject(message.function_call);
  const calls = [
    ...asArray(message.tool_calls).map((call) => asObject(asObject(call)?.function)),
    ...(old === null ? [] : [old]),
  ];
  return {
    ...NOTHING,
    text: refusal ?? asText(choice.text) ?? partsText(message.content),
    thinking: asText(message.reasoning_content) ?? asText(message.reasoning) ?? '',
    toolCalls: calls.map((call) => toolCall(call?.name, call?.arguments)),
    finishReason,
    isRefusal: refusal !== null || REFUSALS.has(finishReason ?? ''),
  };
}

function responseContent(response: JsonObject): AnswerContent {
  const items = asArray(response.output).map((item) => asObject(item) ?? {});
  const parts = items.flatMap((item) => asArray(item.content).map((part) => asObject(part) ?? {}));
  const refusals = parts.filter((part) => part.type === 'refusal');
  const details = asText(asObject(response.incomplete_details)?.reason);
  return {
    ...NOTHING,
    text: join(parts.map((part) => part.text ?? part.refusal)),
    thinking: join(items.flatMap((item) => asArray(item.summary).map((part) => asObject(part)?.text))),
    toolCalls: items
      .filter((item) => item.type === 'function_call')
      .map((item) => toolCall(item.name, item.arguments)),
    finishReason: details ?? asText(response.status),
    isRefusal: refusals.length > 0 || REFUSALS.has(details ?? ''),
  };
}

function toolCall(name: unknown, given: unknown): ToolCall {
  const parsed = typeof given === 'string' ? parseJson(given) : given;
  return { name: asText(name) ?? '', arguments: parsed ?? given ?? null };
}

function partsText(content: unknown): string {
  if (typeof content === 'string') return content;
  return join(asArray(content).map((part) => asObject(part)?.text));
}

function join(texts: readonly unknown[]): string {
  return texts.filter((text) => typeof text === 'string' && text !== '').join('\n');
}
