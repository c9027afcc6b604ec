// A whole Messages answer (Anthropic) as a completion (OpenAI).

import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import type { AnswerContext } from '../translator.ts';
import { CallIds, idText } from '../turns/call-id.ts';
import { serverBlockText } from '../turns/server-blocks.ts';
import { finishReason, untranslatableAnswer } from './endings.ts';
import { StopTexts } from './stop-texts.ts';
import { usageToChat } from './usage.ts';

export function messageToCompletion(message: JsonObject, context: AnswerContext): JsonObject {
  const { toolNames, callIds } = context.wish;
  const ids = new CallIds(callIds);
  if (message.type !== 'message') throw untranslatableAnswer('it is no message');
  const words: string[] = [];
  const thoughts: string[] = [];
  const calls: JsonObject[] = [];
  for (const value of asArray(message.content)) {
    const block = asObject(value) ?? {};
    if (block.type === 'text') words.push(asText(block.text) ?? '');
    else if (block.type === 'thinking') thoughts.push(asText(block.thinking) ?? '');
    else if (block.type === 'tool_use') {
      const id = ids.fresh(block, message.id, calls.length);
      calls.push(toolCall(id, block, toolNames));
    } else if (!isAside(block)) throw untranslatableBlock(block);
  }
  const stops = new StopTexts(context.wish.stops);
  const content = stops.take(words.join('')) + stops.rest();
  if (stops.found !== null) calls.length = 0;
  const reasoning = thoughts.join('');
  const finish_reason = finishReason(
    stops.found === null ? message.stop_reason : 'stop_sequence',
    calls.length > 0,
  );
  const usage = asObject(message.usage);
  return {
    id: idText(message.id),
    object: 'chat.completion',
    created: context.createdAtSeconds,
    model: idText(message.model),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' ? null : content,
          refusal: refusalText(message),
          ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason,
      },
    ],
    ...(usage === null ? {} : { usage: usageToChat(usage) }),
  };
}

/** What Anthropic says about a refusal, beside what the model had said by then. */
export function refusalText(message: JsonObject): string | null {
  if (message.stop_reason !== 'refusal') return null;
  return asText(asObject(message.stop_details)?.explanation);
}

/** What nobody but Anthropic can read, and what tells of tools that a server ran by itself: its words say what came of it. */
export function isAside(block: JsonObject): boolean {
  return block.type === 'redacted_thinking' || serverBlockText(block) !== null;
}

export function untranslatableBlock(block: JsonObject): Error {
  return untranslatableAnswer(`its content has a block of type "${block.type}"`);
}

function toolCall(id: string, block: JsonObject, names: ToolNames): JsonObject {
  const named = {
    name: names.original(asText(block.name) ?? ''),
    arguments: JSON.stringify(block.input ?? {}),
  };
  return { id, type: 'function', function: named };
}
