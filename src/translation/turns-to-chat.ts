// The messages of a Messages request as those of a Chat Completions request.

import { withoutBillingHeader } from '../core/billing-header.ts';
import { asObject, asText, type JsonObject } from '../protocols/json-value.ts';
import { documentToChat, imageToChat } from './attachments.ts';
import { portableCallId } from './call-id.ts';
import { Fields, notTranslatable } from './fields.ts';
import { FOREIGN_SIGNATURE } from './reasoning.ts';
import type { ToolNames } from './tool-names.ts';

export function turnsToChat(messages: readonly unknown[], names: ToolNames): JsonObject[] {
  const turns = messages.flatMap((value, index) =>
    turnToChat(new Fields(value, `messages[${index}]`), names),
  );
  if (turns.at(-1)?.role === 'assistant')
    throw notTranslatable(
      `messages[${messages.length - 1}]`,
      'the model is to continue an answer of its own, which OpenAI’s API does not do',
    );
  return turns;
}

/** Without what Claude Code says to Anthropic alone; undefined where nothing is left. */
export function systemToChat(system: unknown): unknown {
  if (system === undefined) return undefined;
  if (typeof system === 'string') return withoutBillingHeader(system) ?? undefined;
  if (!Array.isArray(system)) return textsToChat(system, 'system');
  const blocks = system.flatMap((value) => {
    const text = asText(asObject(value)?.text);
    const rest = text === null ? null : withoutBillingHeader(text);
    if (text === null || rest === text) return [value];
    return rest === null ? [] : [{ ...asObject(value), text: rest }];
  });
  return blocks.length === 0 ? undefined : textsToChat(blocks, 'system');
}

/** A system prompt, or a turn that holds text only: one text as it is, several as parts. */
function textsToChat(content: unknown, path: string): unknown {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  return compact(content.map((value, index) => textPart(new Fields(value, `${path}[${index}]`))));
}

function turnToChat(turn: Fields, names: ToolNames): JsonObject[] {
  const role = turn.requiredText('role');
  const content = turn.take('content');
  turn.end();
  const path = turn.at('content');
  if (role === 'system') return [{ role, content: textsToChat(content, path) }];
  if (role !== 'user' && role !== 'assistant') turn.refuse('role', `"${role}" is no role`);
  if (typeof content === 'string') return [{ role, content }];
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const blocks = content.map((value, index) => new Fields(value, `${path}[${index}]`));
  return role === 'user' ? userTurns(blocks) : [assistantTurn(blocks, names)];
}

/**
 * Results of tools are messages of their own, before what the user says. They hold text only in OpenAI's API: pictures and
 * documents of theirs follow as the user's.
 */
function userTurns(blocks: readonly Fields[]): JsonObject[] {
  const results: JsonObject[] = [];
  const ofResults: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block.requiredText('type') !== 'tool_result') {
      parts.push(userPart(block));
      continue;
    }
    if (parts.length > 0) block.refuse('type', 'a tool_result must come before all other content');
    const { turn, attachments } = toolTurn(block);
    results.push(turn);
    if (attachments.length > 0) {
      const label = `From the result of the tool call ${turn.tool_call_id}:`;
      ofResults.push({ type: 'text', text: label }, ...attachments);
    }
  }
  const said = [...ofResults, ...parts];
  if (said.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: compact(said) }];
}

function userPart(block: Fields): JsonObject {
  const type = block.requiredText('type');
  if (type === 'text') return textPart(block);
  return attachment(block, type) ?? block.refuse('type', `blocks of type "${type}" have no equal`);
}

/** Null for what is neither a picture nor a document. */
function attachment(block: Fields, type: string): JsonObject | null {
  if (type === 'image') return imageToChat(withoutTransformations(block));
  return type === 'document' ? documentToChat(withoutContext(block)) : null;
}

function withoutTransformations(block: Fields): Fields {
  block.refuseUnless('transformations', 'OpenAI’s API does not transform images');
  return block;
}

function withoutContext(block: Fields): Fields {
  block.refuseUnless('context', 'files have no context of their own');
  return block;
}

interface ToolTurn {
  readonly turn: JsonObject;
  readonly attachments: readonly JsonObject[];
}

function toolTurn(block: Fields): ToolTurn {
  const tool_call_id = portableCallId(block.requiredText('tool_use_id'));
  const content = block.take('content') ?? '';
  const isError = block.flag('is_error');
  block.leaveOut('cache_control');
  block.refuseUnless('toolset_name', 'OpenAI’s API has no toolsets');
  block.end();
  const { told, attachments } =
    typeof content === 'string'
      ? { told: content, attachments: [] }
      : resultParts(content, block.at('content'));
  return { turn: { role: 'tool', tool_call_id, content: isError ? marked(told) : told }, attachments };
}

function resultParts(
  content: unknown,
  path: string,
): { told: string | JsonObject[]; attachments: readonly JsonObject[] } {
  if (!Array.isArray(content)) throw notTranslatable(path, 'it is neither a text nor a list');
  const texts: JsonObject[] = [];
  const attachments: JsonObject[] = [];
  for (const [index, value] of content.entries()) {
    const block = new Fields(value, `${path}[${index}]`);
    const type = block.requiredText('type');
    if (type === 'text') texts.push(textPart(block));
    else attachments.push(attachment(block, type) ?? refuseResult(block, type));
  }
  if (texts.length > 0) return { told: compact(texts), attachments };
  return { told: attachments.length === 0 ? '' : 'It follows in the next message.', attachments };
}

function refuseResult(block: Fields, type: string): never {
  return block.refuse('type', `a result of a tool cannot hold a block of type "${type}" in OpenAI’s API`);
}

/** OpenAI's API has no flag for it: the text says so. */
function marked(told: string | JsonObject[]): string | JsonObject[] {
  return typeof told === 'string' ? `Error: ${told}` : [{ type: 'text', text: 'Error:' }, ...told];
}

/** Text behind a call comes before it: OpenAI's API has one place for each. */
function assistantTurn(blocks: readonly Fields[], names: ToolNames): JsonObject {
  const parts: JsonObject[] = [];
  const tool_calls: JsonObject[] = [];
  let reasoning = '';
  for (const block of blocks) {
    const type = block.requiredText('type');
    if (type === 'text') parts.push(textPart(block));
    else if (type === 'tool_use') tool_calls.push(toolCall(block, names));
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

function toolCall(block: Fields, names: ToolNames): JsonObject {
  const id = portableCallId(block.requiredText('id'));
  const name = names.portable(block.requiredText('name'));
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
