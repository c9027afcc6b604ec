// An item as a conversation: each turn's texts, calls of tools with what they returned, and words where a picture was.

import type { StoredConversation, StoredPart, StoredTurn } from '../core/stored-conversation.ts';
import { answerContent } from '../protocols/answer-content.ts';
import { asArray, asObject, asText, type JsonObject } from '../protocols/json/json-value.ts';
import { collectText } from '../protocols/requests/prompt-text.ts';
import { promptTurns } from '../protocols/requests/prompt-turns.ts';
import type { ItemContent } from './item-content.ts';

export function conversationOf(content: ItemContent, isRedacted: boolean): StoredConversation {
  const prompt = promptTurns(content.request).map(({ role, source }) => ({ role, parts: partsOf(source) }));
  return { isRedacted, turns: [...prompt, ...answerTurns(content)].filter(({ parts }) => parts.length > 0) };
}

function partsOf(source: unknown): readonly StoredPart[] {
  if (typeof source === 'string') return source === '' ? [] : [{ type: 'text', text: source }];
  if (Array.isArray(source)) return source.flatMap(partOf);
  const message = asObject(source);
  if (message === null) return [];
  const { content } = message;
  const name = asText(message.tool_call_id);
  // A tool's answer in OpenAI's API is a message of its own.
  if (message.role === 'tool')
    return [{ type: 'result', name: name ?? 'a tool', text: collectText(content) }];
  const said =
    typeof content === 'string'
      ? partsOf(content)
      : Array.isArray(content)
        ? content.flatMap(partOf)
        : partOf(message);
  return [...said, ...asArray(message.tool_calls).flatMap(callOf)];
}

function partOf(value: unknown): readonly StoredPart[] {
  if (typeof value === 'string') return partsOf(value);
  const part = asObject(value);
  if (part === null) return [];
  const kind = asText(part.type);
  if (kind === 'tool_use' || kind === 'function_call' || kind === 'server_tool_use') return callOf(part);
  if (kind === 'tool_result' || kind === 'function_call_output') {
    const name = asText(part.tool_use_id) ?? asText(part.call_id) ?? 'a tool';
    return [{ type: 'result', name, text: collectText(part.content ?? part.output) }];
  }
  const text = asText(part.text) ?? asText(part.thinking) ?? asText(part.refusal);
  if (text !== null) return text === '' ? [] : [{ type: 'text', text }];
  return kind === null ? [] : [{ type: 'media', text: `[${kind}]` }];
}

function callOf(value: unknown): readonly StoredPart[] {
  const call = asObject(value);
  if (call === null) return [];
  const called: JsonObject = asObject(call.function) ?? call;
  const given = called.arguments ?? called.input ?? {};
  const text = typeof given === 'string' ? given : JSON.stringify(given, null, 2);
  return [{ type: 'call', name: asText(called.name) ?? 'a tool', text }];
}

/** What is no answer of a known form is shown as it is stored. */
function answerTurns({ answer, form }: ItemContent): readonly StoredTurn[] {
  if (form === 'none') return [];
  const known = form === 'document' ? answerContent(answer) : null;
  if (known === null) {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2);
    return [{ role: 'assistant', parts: [{ type: 'text', text }] }];
  }
  const texts = [known.thinking, known.text, known.error].filter((text) => text !== null && text !== '');
  return [
    {
      role: 'assistant',
      parts: [
        ...texts.map((text): StoredPart => ({ type: 'text', text: text ?? '' })),
        ...known.toolCalls.map(
          (call): StoredPart => ({
            type: 'call',
            name: call.name,
            text: JSON.stringify(call.arguments, null, 2),
          }),
        ),
      ],
    },
  ];
}
