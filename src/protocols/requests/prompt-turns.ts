// A prompt as the turns of a conversation, whatever its protocol: for people who read it, and to tell what a request
// added to the one before it.

import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { collectText } from './prompt-text.ts';

export interface PromptTurn {
  /** `system`, `user`, `assistant`, `tool` … as the protocol calls it. */
  readonly role: string;
  readonly text: string;
  /** As it was sent. */
  readonly source: unknown;
}

export function promptTurns(value: unknown): readonly PromptTurn[] {
  const body = asObject(value);
  if (body === null) return [];
  const system = body.system ?? body.instructions;
  const first = system === undefined || system === null ? [] : [turn('system', system)];
  return [...first, ...listed(body)];
}

function listed(body: JsonObject): PromptTurn[] {
  if (Array.isArray(body.messages)) return body.messages.map(messageTurn);
  if (Array.isArray(body.input)) return body.input.map(messageTurn);
  const only = body.input ?? body.prompt;
  return only === undefined || only === null ? [] : [turn('user', only)];
}

function messageTurn(value: unknown): PromptTurn {
  const message = asObject(value);
  if (message === null) return turn('user', value);
  const role = asText(message.role) ?? asText(message.type) ?? 'unknown';
  return { role, text: textOf(message), source: value };
}

/** Calls and results of tools are told as such; everything else as the text that a model reads. */
function textOf(message: JsonObject): string {
  const content = message.content;
  const parts = Array.isArray(content) ? content.map(partText) : [typeof content === 'string' ? content : ''];
  const calls = asArray(message.tool_calls).map((call) => {
    const called = asObject(asObject(call)?.function);
    return `→ ${asText(called?.name) ?? ''}(${asText(called?.arguments) ?? ''})`;
  });
  if (message.type === 'function_call')
    calls.push(`→ ${asText(message.name) ?? ''}(${asText(message.arguments) ?? ''})`);
  if (message.type === 'function_call_output') calls.push(`← ${collectText(message.output)}`);
  return [...parts, ...calls].filter((text) => text !== '').join('\n');
}

function partText(value: unknown): string {
  if (typeof value === 'string') return value;
  const part = asObject(value) ?? {};
  if (typeof part.text === 'string') return part.text;
  if (typeof part.thinking === 'string') return part.thinking;
  if (part.type === 'tool_use') return `→ ${asText(part.name) ?? ''}(${JSON.stringify(part.input ?? {})})`;
  if (part.type === 'tool_result') return `← ${collectText(part.content)}`;
  const media = asText(part.type);
  return media === null ? '' : `[${media}]`;
}

function turn(role: string, source: unknown): PromptTurn {
  return { role, text: typeof source === 'string' ? source : collectText(source), source };
}
