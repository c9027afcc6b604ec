// The messages of a Messages request as those of a Chat Completions request.

import type { JsonObject } from '../protocols/json-value.ts';
import { documentToChat, imageToChat } from './attachments.ts';
import { portableCallId } from './call-id.ts';
import { Fields, notTranslatable } from './fields.ts';
import { FOREIGN_SIGNATURE } from './reasoning.ts';

export function turnsToChat(messages: readonly unknown[]): JsonObject[] {
  const turns = messages.flatMap((value, index) => turnToChat(new Fields(value, `messages[${index}]`)));
  if (turns.at(-1)?.role === 'assistant')
    throw notTranslatable(
      `messages[${messages.length - 1}]`,
      'the model is to continue an answer of its own, which OpenAI’s API does not do',
    );
  return turns;
}

/** A system prompt, or a turn that holds text only: one text as it is, several as parts. */
export function textsToChat(content: unknown, path: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return compact(content.map((value, index) => textPart(new Fields(value, `${path}[${index}]`))));
}

function turnToChat(turn: Fields): JsonObject[] {
  const role = turn.requiredText('role');
  const content = turn.take('content');
  turn.end();
  const path = turn.at('content');
  if (role === 'system') return [{ role, content: textsToChat(content, path) }];
  if (role !== 'user' && role !== 'assistant') turn.refuse('role', `"${role}" is no role`);
  if (typeof content === 'string') return [{ role, content }];
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const blocks = content.map((value, index) => new Fields(value, `${path}[${index}]`));
  return role === 'user' ? userTurns(blocks) : [assistantTurn(blocks)];
}

/** Results of tools are messages of their own, before what the user says. */
function userTurns(blocks: readonly Fields[]): JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    const type = block.requiredText('type');
    if (type === 'tool_result') {
      if (parts.length > 0) block.refuse('type', 'a tool_result must come before all other content');
      results.push(toolTurn(block));
    } else if (type === 'text') parts.push(textPart(block));
    else if (type === 'image') parts.push(imageToChat(withoutTransformations(block)));
    else if (type === 'document') parts.push(documentToChat(withoutContext(block)));
    else block.refuse('type', `blocks of type "${type}" have no equal`);
  }
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: compact(parts) }];
}

function withoutTransformations(block: Fields): Fields {
  block.refuseUnless('transformations', 'OpenAI’s API does not transform images');
  return block;
}

function withoutContext(block: Fields): Fields {
  block.refuseUnless('context', 'files have no context of their own');
  return block;
}

function toolTurn(block: Fields): JsonObject {
  const tool_call_id = portableCallId(block.requiredText('tool_use_id'));
  const content = block.take('content') ?? '';
  const isError = block.flag('is_error');
  block.leaveOut('cache_control');
  block.refuseUnless('toolset_name', 'OpenAI’s API has no toolsets');
  block.end();
  const path = block.at('content');
  const told = typeof content === 'string' ? content : resultTexts(content, path);
  return { role: 'tool', tool_call_id, content: isError ? marked(told) : told };
}

function resultTexts(content: unknown, path: string): string | JsonObject[] {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const parts = content.map((value, index) => {
    const block = new Fields(value, `${path}[${index}]`);
    const type = block.requiredText('type');
    if (type !== 'text')
      block.refuse('type', `a result of a tool is text in OpenAI’s API, and this is of type "${type}"`);
    return textPart(block);
  });
  return compact(parts);
}

/** OpenAI's API has no flag for it: the text says so. */
function marked(told: string | JsonObject[]): string | JsonObject[] {
  return typeof told === 'string' ? `Error: ${told}` : [{ type: 'text', text: 'Error:' }, ...told];
}

function assistantTurn(blocks: readonly Fields[]): JsonObject {
  const parts: JsonObject[] = [];
  const tool_calls: JsonObject[] = [];
  let reasoning = '';
  for (const block of blocks) {
    const type = block.requiredText('type');
    if (type === 'text') {
      if (tool_calls.length > 0) block.refuse('type', 'text behind a tool_use cannot keep its place');
      parts.push(textPart(block));
    } else if (type === 'tool_use') tool_calls.push(toolCall(block));
    // Signed thoughts can be read by the model alone that had them: to another one, Anthropic does not show them.
    else if (type === 'thinking') reasoning += foreignThought(block);
    else if (type !== 'redacted_thinking') block.refuse('type', `blocks of type "${type}" have no equal`);
  }
  const content = parts.length === 0 ? (tool_calls.length === 0 ? '' : null) : compact(parts);
  return {
    role: 'assistant',
    content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(tool_calls.length === 0 ? {} : { tool_calls }),
  };
}

function foreignThought(block: Fields): string {
  const thought = block.text('thinking') ?? '';
  return block.text('signature') === FOREIGN_SIGNATURE ? thought : '';
}

function toolCall(block: Fields): JsonObject {
  const id = portableCallId(block.requiredText('id'));
  const name = block.requiredText('name');
  const input = block.take('input') ?? {};
  block.leaveOut('cache_control');
  const caller = block.fields('caller');
  caller?.refuseUnless('type', 'it was called at Anthropic', 'direct');
  block.refuseUnless('toolset_name', 'OpenAI’s API has no toolsets');
  block.end();
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function textPart(block: Fields): JsonObject {
  block.refuseUnless('type', 'only text can stand here', 'text');
  const text = block.requiredText('text');
  block.leaveOut('cache_control');
  block.refuseUnless('citations', 'OpenAI’s API does not cite', []);
  block.end();
  return { type: 'text', text };
}

/** One text is the same as a list of it, and every server takes it. */
function compact(parts: JsonObject[]): string | JsonObject[] {
  const [only, ...others] = parts;
  return only !== undefined && others.length === 0 && only.type === 'text' ? String(only.text) : parts;
}
